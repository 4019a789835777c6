"""kill -9 of anybody while customers register and order: what was acknowledged has its whole chain, each link once."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from flowctl.cluster import Cluster
from httpx import HTTPError

from tests.cluster import Running
from tests.cluster.local import processes
from tests.telemetry.receiver import Receiver
from tests.telemetry.spans import Span

from .shop.books import Books, books
from .shop.history import History, Kind
from .shop.hits import hit_at, is_its_own
from .shop.nemesis import WELL_WITHIN_S, Strike, plan
from .shop.quiet import Quiet
from .shop.reckoning import reckoned
from .shop.shoppers import Shoppers, shop_client
from .shop.told import told
from .shop.whole import Whole, lacks, wholes
from .system import true_within

ROUNDS = int(os.environ.get("EVENT_ROUNDS", "6"))
SEED = int(os.environ.get("EVENT_SEED", "5"))
# Some rounds on end before it is quiet, so that one strike meets what another left.
QUIET_EVERY = 3
FAILING_SHARE = "0.25"
# Between the strikes: what a killed process had not sent yet is then less than one trace of 100.
CALM_S = float(os.environ.get("EVENT_CALM_S", "0"))
BROKEN_SHARE = 0.01
# So long after its answer a chain of events is over, and every span of it sent, on however busy a machine.
OVER_WITHIN_S = 3.0
TRACED: tuple[Kind, ...] = ("registration", "order")
LAST_SPANS_S = 2.0

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120 + (60 + CALM_S) * ROUNDS)]


@dataclass(slots=True)
class Run:
    cluster: Cluster
    running: Running
    shoppers: Shoppers
    quiet: Quiet
    drains: list[float] = field(default_factory=list[float])

    @property
    def history(self) -> History:
        return self.shoppers.history

    @classmethod
    @asynccontextmanager
    async def begun(cls, history: History, environ: dict[str, str]) -> AsyncGenerator["Run"]:
        chance = random.Random(SEED)  # noqa: S311  a seed makes the run the same again
        async with (
            processes(environ) as (cluster, running),
            Quiet.watching(running) as quiet,
            shop_client(running.gateway_url) as http,
        ):
            yield cls(cluster, running, Shoppers(http, history, chance), quiet)

    async def round(self, strike: Strike) -> None:
        await self.shoppers.arrive()
        async with self.shoppers.shopping():
            await asyncio.sleep(strike.after_s)
            self.history.strike(strike.how, strike.parts)
            await strike.hit(self.cluster)
            await true_within(WELL_WITHIN_S, self._is_well, f"all is well again after {strike}")
            await asyncio.sleep(strike.afterwards_s + CALM_S)
        await true_within(WELL_WITHIN_S, self._is_well, f"all is well again after {strike}")

    async def be_quiet(self) -> None:
        self.drains.append(await self.quiet.drained())

    async def _is_well(self) -> bool:
        services = [each for name in self.cluster.processes for each in self.cluster.processes[name] if each.ops_url]
        if not all(await asyncio.gather(*(each.is_ready() for each in services))):
            return False
        try:
            return (await self.shoppers.http.get("/api/v1/healthcheck")).is_success
        except HTTPError:
            return False


@dataclass(slots=True)
class Verdict:
    """What has been seen of the rounds so far."""

    history: History
    receiver: Receiver
    hits: list[Counter[str]] = field(default_factory=list[Counter[str]])
    broken: list[Whole] = field(default_factory=list[Whole])
    traced: int = 0
    _checked: int = 0

    async def check(self, run: Run) -> None:
        kept = await books(run.running)
        findings = reckoned(self.history, kept)
        assert not findings, told(findings, self.history, self.spans)
        assert not (odd := [each for each in self.history.operations if each.is_odd]), odd[0]
        assert await run.quiet.dead_letters() == 0
        self._see_hits(kept)
        self.history.write()
        await self._see_traces()
        run.running.log.forget()

    def unexplained(self) -> list[Whole]:
        """Nobody was killed while these were under way, and yet they lack something."""
        kills = [each for each in self.history.strikes if each.how == "kill"]
        return [each for each in self.broken if not any(each.operation.was_near(kill, OVER_WITHIN_S) for kill in kills)]

    def write_broken(self, file: Path) -> None:
        file.write_bytes(b"\n".join(map(msgspec.json.encode, self.broken)))

    def spans(self, trace_id: str) -> list[Span]:
        return self.receiver.spans.get(trace_id, [])

    def _see_hits(self, kept: Books) -> None:
        for struck in self.history.strikes[len(self.hits) :]:
            hit = hit_at(struck.at, self.history, kept)
            assert hit.total() > 0, f"nothing was under way at {struck}"
            self.hits.append(hit)

    async def _see_traces(self) -> None:
        fresh = self.history.operations[self._checked :]
        self._checked = len(self.history.operations)
        made = [each for each in fresh if each.kind in TRACED and each.fate == "acknowledged"]
        await asyncio.sleep(LAST_SPANS_S)
        self.broken += [each for each in wholes(made, self.spans) if not each.is_so]
        self.traced += len(made)
        self.receiver.spans.clear()


@asynccontextmanager
async def kept(file: Path) -> AsyncGenerator[History]:
    """However it ends, it can be looked at."""
    history = History(file=file)
    try:
        yield history
    finally:
        history.write()


async def test_what_was_acknowledged_has_its_whole_chain_each_link_of_it_once(
    tell: Callable[[str], None], tmp_path: Path
) -> None:
    async with kept(tmp_path / "history.jsonl") as history, Receiver() as receiver:
        environ = {"PAYMENT_FAILURE_SHARE": FAILING_SHARE, "OTEL_LOGS_EXPORTER": "none"}
        verdict = Verdict(history, receiver)
        async with Run.begun(history, environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}) as run:
            for number, strike in enumerate(plan(SEED, ROUNDS), 1):
                await run.round(strike)
                if number % QUIET_EVERY == 0 or number == ROUNDS:
                    await run.be_quiet()
                    await verdict.check(run)

    tell(_counted(history, verdict, run.drains))
    verdict.write_broken(tmp_path / "broken.jsonl")
    assert not (odd := verdict.unexplained()), odd[0]
    assert not CALM_S or len(verdict.broken) <= BROKEN_SHARE * verdict.traced, lacks(verdict.broken)


def _counted(history: History, verdict: Verdict, drains: list[float]) -> str:
    fates, hits = history.fates(), sum(verdict.hits, Counter[str]())
    under_way = ", ".join(f"{count} {what}" for what, count in hits.most_common())
    rounds = len(history.strikes)
    own = sum(map(is_its_own, history.strikes, verdict.hits))
    struck = Counter(part for each in history.strikes for part in each.parts)
    return (
        f"{rounds} rounds ({', '.join(f'{part} {count}' for part, count in struck.most_common())}), each hit what was "
        f"under way, {own} what the very part that was struck had to do ({under_way}); "
        f"{fates['acknowledged']} acknowledged, 0 lost, 0 doubled, {fates['unknown']} unknown, "
        f"{fates['failed']} failed, {fates['refused']} refused; drained in at most {max(drains):.1f} s; "
        f"{verdict.traced - len(verdict.broken)} of {verdict.traced} traces whole ({lacks(verdict.broken)}). "
        f"Nothing wrong in {rounds} rounds bounds the rate below {_bound(rounds):.1%} a round, and no more"
    )


def _bound(rounds: int) -> float:
    """Were it higher, so many rounds would have shown it 19 times of 20."""
    return 1 - 0.05 ** (1 / rounds)
