"""Three times what can be answered, and logins at three times what can be hashed: who is answered, and how soon."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

import msgspec
import psutil

from bench import stage
from bench.open_loop import Offered, OpenLoad, get, post
from bench.stage import Stage

LET_IN = {"LATENCY_TOLERANCE": "0"}
ADMITTING = {"LATENCY_TOLERANCE": "2.5"}
QUIET_PER_SECOND = 100.0
# Steps towards the most that is answered.
RAMP = (600.0, 900.0, 1200.0, 1600.0, 2000.0)
RAMP_S = 2.0
# What it takes to see that a crowd is no burst; told apart.
ONSET_S = 1.0
TIMES = 3.0
LOGIN = "/api/v1/admin/login"
_REFUSED = (503, 429)
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Round:
    """One side's turn."""

    quiet: Offered
    flood: Offered
    grown_mib: float

    def times_quiet(self) -> float:
        """The p99 of who was let in, as a multiple of quiet times'."""
        return self.flood.percentile_ms(99, 200) / self.quiet.percentile_ms(99, 200)


@dataclass(slots=True)
class Sided:
    name: str
    stage: Stage
    peak: float = 0.0

    async def find_peak(self) -> None:
        """The most answers a second, over all that was offered."""
        for rate in RAMP:
            self.peak = max(self.peak, (await self.load(rate, RAMP_S).offered()).goodput)

    def load(self, rate: float, seconds: float) -> OpenLoad:
        return OpenLoad(self.stage.cluster.gateway_url, get(stage.LIST, self.stage.token), rate, seconds)

    async def turn(self, seconds: float) -> Round:
        quiet = await self.load(QUIET_PER_SECOND, seconds).offered()
        before = self._memory()
        await self.load(TIMES * self.peak, ONSET_S).offered()
        flood = await self.load(TIMES * self.peak, seconds).offered()
        return Round(quiet, flood, self._memory() - before)

    def _memory(self) -> float:
        gateway = self.stage.cluster.processes["gateway"][0]
        return psutil.Process(gateway.pid).memory_info().rss / _MIB


async def table(rounds: int, seconds: float) -> list[str]:
    async with AsyncExitStack() as stack:
        sides = [
            Sided("lanes", await stack.enter_async_context(stage.cluster(ADMITTING))),
            Sided("everybody let in", await stack.enter_async_context(stage.cluster(LET_IN))),
        ]
        for side in sides:
            await side.find_peak()
        turns: dict[str, list[Round]] = {side.name: [] for side in sides}
        for number in range(rounds):
            for side in sides if number % 2 else reversed(sides):
                turns[side.name].append(await side.turn(seconds))
        flooded = [line for side in sides for line in _lines(side, turns[side.name])]
        return [*_HEAD, *flooded, "", *await _hashing(sides[0], rounds, seconds)]


_COLUMNS = (
    "side",
    "peak/s",
    "offered/s",
    "answered/s",
    "of peak",
    "quiet p99 ms",
    "admitted p99 ms",
    "times quiet",
    "refused p99 ms",
    "refused, slowest ms",
    "lost",
    "grown MiB",
)
_HEAD = (f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|")


def _lines(side: Sided, turns: list[Round]) -> Iterator[str]:
    floods, quiets = [turn.flood for turn in turns], [turn.quiet for turn in turns]
    goodput = [flood.goodput for flood in floods]
    slowest = max((took for flood in floods for took in flood.took(*_REFUSED)), default=0.0)
    times = [turn.times_quiet() for turn in turns]
    yield " | ".join(
        (
            f"| {side.name}",
            f"{side.peak:,.0f}",
            f"{TIMES * side.peak:,.0f}",
            f"{median(goodput):,.0f}",
            f"{median(goodput) / side.peak:.2f} ({min(goodput) / side.peak:.2f} to {max(goodput) / side.peak:.2f})",
            f"{median(quiet.percentile_ms(99, 200) for quiet in quiets):.0f}",
            f"{median(flood.percentile_ms(99, 200) for flood in floods):.0f}",
            f"{median(times):.1f} ({min(times):.1f} to {max(times):.1f})",
            f"{median(flood.percentile_ms(99, *_REFUSED) for flood in floods):.1f}",
            f"{slowest * 1000:.0f}",
            f"{sum(flood.lost for flood in floods)}",
            f"{max(turn.grown_mib for turn in turns):.0f} |",
        )
    )


async def _hashing(side: Sided, rounds: int, seconds: float) -> Iterator[str]:
    """Reads at a third of what can be answered, alone and beside a flood of logins."""
    login = post(LOGIN, msgspec.json.encode({"email": "admin@local", "password": stage.PASSWORD}))
    gateway, reads = side.stage.cluster.gateway_url, side.load(side.peak / 3, seconds)
    hashed = max(1.0, (await OpenLoad(gateway, login, 200.0, seconds).offered()).goodput)
    alone, beside, logins = list[Offered](), list[Offered](), list[Offered]()
    for _ in range(rounds):
        alone.append(await reads.offered())
        both = await asyncio.gather(reads.offered(), OpenLoad(gateway, login, TIMES * hashed, seconds).offered())
        beside.append(both[0])
        logins.append(both[1])
    return _reads(alone, beside, logins, hashed)


def _reads(alone: list[Offered], beside: list[Offered], logins: list[Offered], hashed: float) -> Iterator[str]:
    signed_in = median(login.goodput for login in logins)
    yield f"Logins: {TIMES * hashed:,.0f} a second offered, {signed_in:,.0f} answered.\n"
    yield "| reads | answered/s | p50 ms | p99 ms | not answered 200 |"
    yield "|---|---|---|---|---|"
    for name, runs in (("alone", alone), ("beside the logins", beside)):
        goodput = median(run.goodput for run in runs)
        p50, p99 = (median(run.percentile_ms(percent, 200) for run in runs) for percent in (50, 99))
        asked, answered = sum(len(run.answers) for run in runs), sum(len(run.took(200)) for run in runs)
        yield f"| {name} | {goodput:,.0f} | {p50:.1f} | {p99:.1f} | {1 - answered / asked:.2%} |"
