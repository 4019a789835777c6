"""Three times what can be answered, and three times what can be hashed: who is answered, and how soon."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

import psutil

from bench import hashing_load, stage
from bench.offered import Offered
from bench.open_loop import OpenLoad, get
from bench.stage import Stage

LET_IN = {"LATENCY_TOLERANCE": "0"}
ADMITTING = {"LATENCY_TOLERANCE": "2.5"}
QUIET_PER_SECOND = 100.0
# Steps towards the most that is answered.
RAMP = (600.0, 900.0, 1200.0, 1600.0, 2000.0)
RAMP_S = 2.0
# Told by itself as well: a lane has yet to see that a crowd is no burst.
ONSET_S = 0.5
TIMES = 3.0
# What nobody waits for any more is worked off before the other side has its turn.
SETTLE_S = 4.0
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
        flood = await self.load(TIMES * self.peak, seconds).offered()
        grown = self._memory() - before
        await asyncio.sleep(SETTLE_S)
        return Round(quiet, flood, grown)

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
        return [*_HEAD, *flooded, "", *await hashing_load.table(sides[0].stage, sides[0].peak / 3, rounds, seconds)]


_COLUMNS = (
    "side",
    "peak/s",
    "offered/s",
    "answered/s",
    "of peak",
    "quiet p99 ms",
    "admitted p99 ms",
    "times quiet",
    "of its first 0.5 s",
    "refused p99 ms",
    "lost",
    "load late p99 ms",
    "grown MiB",
)
_HEAD = (f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|")


def _lines(side: Sided, turns: list[Round]) -> Iterator[str]:
    floods, quiets = [turn.flood for turn in turns], [turn.quiet for turn in turns]
    goodput = [flood.goodput for flood in floods]
    onsets = [flood.between(0, ONSET_S) for flood in floods]
    refused = [flood.percentile_ms(99, *_REFUSED) for flood in floods]
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
            f"{median(onset.percentile_ms(99, 200) for onset in onsets):.0f}",
            f"{median(refused):.0f} ({min(refused):.0f} to {max(refused):.0f})",
            f"{sum(flood.lost for flood in floods)}",
            f"{median(flood.late_p99_ms for flood in floods):.0f}",
            f"{max(turn.grown_mib for turn in turns):.0f} |",
        )
    )
