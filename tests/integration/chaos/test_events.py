"""kill -9 of anybody while customers register and order: what was acknowledged has its whole chain, each link once."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from flowkit.telemetry import names
from msgspec.structs import replace

from tests.telemetry.receiver import Receiver
from tests.telemetry.spans import Span

from .shop.books import Books, books
from .shop.history import History, Operation, Struck
from .shop.hits import ends, hit_at, is_its_own
from .shop.nemesis import plan
from .shop.outgoing import stored_again, written_again
from .shop.reckoning import reckoned
from .shop.run import TRACED, Run
from .shop.told import told
from .shop.whole import Whole, lacks, wholes

# So many kill each part, and freeze one.
AT_LEAST, USUAL_SEED = 7, 11
ROUNDS = int(os.environ.get("EVENT_ROUNDS", AT_LEAST))
SEED = int(os.environ.get("EVENT_SEED", USUAL_SEED))
# Whether PostgreSQL syncs what it commits; NATS does, always.
DURABLE = os.environ.get("EVENT_DURABLE") == "1"
# Some rounds on end before it is quiet, so that one strike meets what another left.
QUIET_EVERY = 4
FAILING_SHARE = "0.25"
# A request hit by a strike is over when it is anywhere else, too: the patience of the stories would make rounds longer.
AS_ANYWHERE = {"REQUEST_TIMEOUT_MS": "5000"}
# Of each kind, on average; there are ten times as many, and of next to nothing nothing would be lost.
LEAST_MADE_A_ROUND = 3
OWN_SHARE = 0.8
BROKEN_SHARE = 0.01
# So long after the last letter of a chain of events every span of it is sent, on however busy a machine.
SENT_WITHIN_S = 3.0
LAST_SPANS_S = 3.0

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120 + 60 * ROUNDS)]


@dataclass(slots=True)
class Verdict:
    """What has been seen of the rounds so far."""

    history: History
    receiver: Receiver
    hits: list[Counter[str]] = field(default_factory=list[Counter[str]])
    broken: list[Whole] = field(default_factory=list[Whole])
    traced: int = 0
    ends: Mapping[str, float] = field(default_factory=dict[str, float])
    cut_off: int = 0
    own: int = 0
    repeated: str = ""
    _checked: int = 0

    async def check(self, run: Run) -> None:
        kept = await self._all_there_is(run)
        findings = reckoned(self.history, kept)
        assert not findings, told(findings, self.history, self.spans)
        assert not (odd := [each for each in self.history.operations if each.is_odd]), odd[0]
        assert await run.quiet.dead_letters() == 0
        self._see_hits(kept)
        self.ends = ends(kept)
        self.history.write()
        await self._see_traces()

    def unexplained(self) -> list[Whole]:
        """Nobody was killed while these were under way, and yet they lack something."""
        kills = [each for each in self.history.strikes if each.how == "kill"]
        return [each for each in self.broken if not any(self._may_have_cut(kill, each.operation) for kill in kills)]

    def _may_have_cut(self, kill: Struck, operation: Operation) -> bool:
        return operation.was_cut_by(kill, self.ends.get(operation.id, 0.0) + SENT_WITHIN_S)

    def write_broken(self, file: Path) -> None:
        file.write_bytes(b"\n".join(map(msgspec.json.encode, self.broken)))

    def spans(self, trace_id: str) -> list[Span]:
        return self.receiver.spans.get(trace_id, [])

    async def _all_there_is(self, run: Run) -> Books:
        stored, heard = await books(run.running), run.overheard
        await heard.listen([each.id for each in stored.notifications if each.status == "sent"])
        whole = replace(stored, events=heard.events, letters=heard.letters)
        again = f"{heard.given_again.total()} given again, of which {heard.given_again['duplicate']} had been done"
        copies = f"{stored_again(whole)} stored again under their ids"
        self.repeated = f"of {len(whole.events)} events {copies} and {again}, of {len(set(whole.letters))} letters "
        self.repeated += f"{written_again(whole)} written again, as the log channel may"
        return whole

    def _see_hits(self, kept: Books) -> None:
        for struck in self.history.strikes[len(self.hits) :]:
            hit = hit_at(struck.at, self.history, kept)
            assert hit.total() > 0, f"nothing was under way at {struck}"
            self.hits.append(hit)
            self.own += is_its_own(struck, hit)

    async def _see_traces(self) -> None:
        fresh = self.history.operations[self._checked :]
        self._checked = len(self.history.operations)
        made = [each for each in fresh if each.kind in TRACED and each.fate == "acknowledged"]
        await asyncio.sleep(LAST_SPANS_S)
        self.broken += [each for each in wholes(made, self.spans) if not each.is_so]
        self.traced += len(made)
        self.cut_off += sum(names.CUT_OFF in span.attributes for each in made for span in self.spans(each.trace_id))
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
    tell: Callable[[str], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async with kept(tmp_path / "history.jsonl") as history, Receiver() as receiver:
        environ = {"PAYMENT_FAILURE_SHARE": FAILING_SHARE, "OTEL_LOGS_EXPORTER": "none"} | AS_ANYWHERE
        environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
        verdict = Verdict(history, receiver)
        async with Run.begun(history, SEED, environ, durable=DURABLE) as run:
            for number, strike in enumerate(plan(SEED, ROUNDS), 1):
                went = await run.round(strike)
                if number % QUIET_EVERY == 0 or number == ROUNDS:
                    await run.be_quiet()
                    await verdict.check(run)
                    went += f"; drained in {run.drains[-1]:.1f} s, {verdict.own} of {number} hit work of their own"
                with capsys.disabled():
                    print(f"seed {SEED}, round {number} of {ROUNDS}: {went}", flush=True)  # noqa: T201  who waits for hours looks

    tell(_counted(history, verdict, run.drains))
    verdict.write_broken(tmp_path / "broken.jsonl")
    assert all(history.made(kind) >= LEAST_MADE_A_ROUND * ROUNDS for kind in TRACED)
    assert verdict.own >= OWN_SHARE * ROUNDS
    assert not (odd := verdict.unexplained()), odd[0]
    assert len(verdict.broken) <= BROKEN_SHARE * verdict.traced, lacks(verdict.broken)


def _counted(history: History, verdict: Verdict, drains: list[float]) -> str:
    fates, hits = history.fates(), sum(verdict.hits, Counter[str]())
    under_way = ", ".join(f"{count} {what}" for what, count in hits.most_common())
    kills, freezes = ([each for each in history.strikes if each.how == how] for how in ("kill", "freeze"))
    synced = "a PostgreSQL that syncs" if DURABLE else "a PostgreSQL that does not sync"
    return (
        f"{len(history.strikes)} rounds over {synced}, seed {SEED}: {len(kills)} kills ({_parts(kills)}), "
        f"{len(freezes)} freezes ({_parts(freezes)}), each hit what was under way, {verdict.own} what the very part "
        f"that was struck had to do ({under_way}); {fates['acknowledged']} acknowledged ("
        f"{history.made('registration')} registrations, {history.made('order')} orders), 0 lost, 0 doubled, "
        f"{fates['unknown']} unknown, {fates['failed']} failed, {fates['refused']} refused; {verdict.repeated}; "
        f"drained in at most {max(drains):.1f} s; "
        f"{verdict.traced - len(verdict.broken)} of {verdict.traced} traces whole ({lacks(verdict.broken)}), "
        f"{verdict.cut_off} spans in them cut off and told of by whoever came after. "
        f"Nothing wrong in {len(kills)} kills bounds the rate below {_bound(len(kills)):.1%} a kill, and no more"
    )


def _parts(strikes: list[Struck]) -> str:
    counted = Counter(part for each in strikes for part in each.parts)
    return ", ".join(f"{part} {count}" for part, count in counted.most_common())


def _bound(kills: int) -> float:
    """Were it higher, so many kills would have shown it 19 times of 20."""
    return 1 - 0.05 ** (1 / kills)
