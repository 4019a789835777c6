"""One event in a hundred that nobody can act on: each is put aside once and whole, and keeps nobody waiting."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from statistics import median, quantiles
from typing import Any, Final

import msgspec
import pytest
from flowctl.events.letters import Letters, Wanted
from flowkit.call import Call
from flowkit.contract import EVENTS, Event, Fact
from flowkit.reactions import ReactionOptions
from flowkit.streams import Kept
from flowkit.telemetry import spans
from flowkit.wire import headers

from .way import PARTICIPANTS, KeepNote, Noted, Told, Transaction, Way, noted

pytestmark = pytest.mark.timeout(900)

COUNT = int(os.environ.get("POISON_EVENTS", "300"))
ROUNDS = int(os.environ.get("POISON_ROUNDS", "1"))
IS_LONG = COUNT >= 2000 and ROUNDS >= 3
PER_SECOND = 100
ONE_IN = 100
UNDECODABLE, WRONG_VERSION, FAILING = "undecodable", "wrong_version", "failed"
KINDS: Final = (UNDECODABLE, WRONG_VERSION, FAILING)
"""By the reason for which each is put aside."""
OPTIONS = ReactionOptions() if IS_LONG else replace(ReactionOptions(), first_pause_s=0.02)


class Broken(Exception):
    pass


@dataclass(frozen=True, slots=True)
class KeepSoundNote:
    async def run(self, event: Noted, call: Call, tx: Transaction) -> None:
        await KeepNote().run(event, call, tx)
        if FAILING in event.note:
            raise Broken


class MoreNoted(Fact):
    note: str | list[str]

    @property
    def key(self) -> str:
        return self.note if isinstance(self.note, str) else self.note[0]


mended = Event("test.noted", MoreNoted, key=lambda told: told.key)


@dataclass(frozen=True, slots=True)
class KeepAnyNote:
    """After the faults were mended: it can read both, and nothing is too much for it."""

    async def run(self, event: MoreNoted, call: Call, tx: Transaction) -> None:
        call.step("Keeping it")
        await tx.keep(event.key)


def spoiled(kind: str, note: str) -> dict[str, Any]:
    match kind:
        case "undecodable":
            return {"body": msgspec.json.encode({"note": [note]})}
        case "wrong_version":
            return {"told": {headers.EVENT_VERSION: "2"}}
        case _:
            return {}


@dataclass(slots=True)
class Telling:
    way: Way
    poisoned: dict[str, list[Told]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    sound: list[Told] = field(default_factory=list[Told])
    ratios: list[float] = field(default_factory=list[float])

    async def both(self, number: int) -> None:
        """Which comes first changes: the ratio of what the sound ones took beside poison, and without it."""
        p99s = {is_poisoned: await self._p99(number, is_poisoned) for is_poisoned in (number % 2 == 0, number % 2 == 1)}
        self.ratios.append(p99s[True] / p99s[False])

    async def _p99(self, number: int, is_poisoned: bool) -> float:
        """Each told when it is due, however those before it fare."""
        before, began = len(self.sound), time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for n in range(COUNT):
                await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.perf_counter()))
                kind = KINDS[n // ONE_IN % len(KINDS)] if is_poisoned and n % ONE_IN == ONE_IN // 2 else ""
                group.create_task(self._tell(f"{number}-{is_poisoned}-{n:05}-{kind or 'sound'}", kind))
        await self.way.finished()
        took = [self.way.done_at[told.note] - told.at for told in self.sound[before:]]
        return quantiles(took, n=100)[98]

    async def _tell(self, note: str, kind: str) -> None:
        told = await self.way.tell(note, **spoiled(kind, note))
        (self.poisoned[kind] if kind else self.sound).append(told)

    @property
    def every_poisoned(self) -> dict[str, tuple[str, Told]]:
        return {told.event_id: (kind, told) for kind in KINDS for told in self.poisoned[kind]}


@asynccontextmanager
async def told_both_ways(way: Way) -> AsyncGenerator[Telling]:
    telling = Telling(way)
    async with way.relayed():
        async with way.acted_on(noted, KeepSoundNote(), OPTIONS):
            for number in range(ROUNDS):
                await telling.both(number)
        yield telling


def of_event(letter: Kept) -> str:
    return letter.headers[headers.EVENT_ID]


async def assert_put_aside_whole(way: Way, letter: Kept, kind: str, told: Told) -> None:
    attempts = str(OPTIONS.attempts) if kind == FAILING else "1"
    assert (letter.headers[headers.DEAD_REASON], letter.headers[headers.DEAD_ATTEMPTS]) == (kind, attempts)
    last = letter.headers[headers.DEAD_TRACEPARENT]
    assert spans.trace_id_of({headers.TRACEPARENT: last}) == told.trace, "the last attempt is in the trace of its cause"
    (event,) = await way.streams.read(EVENTS, start=int(letter.headers[headers.DEAD_PLACE]), most=1)
    own = {name: value for name, value in event.headers.items() if not name.lower().startswith("nats-")}
    assert own.items() <= letter.headers.items()
    assert (letter.data, letter.headers[headers.DEAD_SUBJECT]) == (event.data, event.subject)


async def test_poison_is_put_aside_once_and_whole_and_acted_on_once_it_can_be(
    way: Way, request: pytest.FixtureRequest
) -> None:
    async with told_both_ways(way) as telling:
        letters = await way.dead()
        poisoned = telling.every_poisoned
        assert Counter(of_event(letter) for letter in letters) == Counter(poisoned.keys())
        for letter in letters:
            await assert_put_aside_whole(way, letter, *poisoned[of_event(letter)])
        assert await way.notes() == sorted(told.note for told in telling.sound)

        await give_all_again_twice(way)
        async with way.acted_on(mended, KeepAnyNote(), OPTIONS):
            await way.finished()
            still_dead = await way.dead()

    mended_now = [*telling.poisoned[UNDECODABLE], *telling.poisoned[FAILING]]
    assert await way.notes() == sorted(told.note for told in (*telling.sound, *mended_now))
    assert set(map(of_event, still_dead)) == {told.event_id for told in telling.poisoned[WRONG_VERSION]}
    tell_figures(telling, request)
    if IS_LONG:
        assert median(telling.ratios) <= 2, f"p99 beside poison, by round: {telling.ratios}"


async def give_all_again_twice(way: Way) -> None:
    """As `flow dlq replay` does, and as one that was killed before the letter was gone, and run anew after long."""
    letters = Letters(way.streams, PARTICIPANTS)
    found = [each async for each in letters.every(Wanted())]
    for letter in found:
        await letters.give_again(letter)
        await letters.give_again(replace(letter, kept=replace(letter.kept, place=letter.place + 1_000_000)))
    assert await way.dead() == []


def tell_figures(telling: Telling, request: pytest.FixtureRequest) -> None:
    of_each = ", ".join(f"{len(told)} {kind}" for kind, told in telling.poisoned.items())
    ratios = ", ".join(f"{ratio:.2f}" for ratio in telling.ratios)
    told = (
        f"{ROUNDS} x {COUNT} events at {PER_SECOND} a second, of them {of_each}: each put aside once; "
        f"p99 of the others beside poison / without: {ratios} (median {median(telling.ratios):.2f})"
    )
    request.node.user_properties.append(("figure", told))
