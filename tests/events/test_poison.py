"""One event in a hundred that nobody can act on: each is put aside once and whole, and keeps nobody waiting."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from flowctl.events.letters import CannotBeGiven, Letters
from flowctl.events.wanted import Wanted
from flowkit.call import Call
from flowkit.contract import EVENTS, Consumer, Event, Fact, Participant
from flowkit.streams import Kept
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.telemetry import spans
from flowkit.wire import headers

from .notes import PARTICIPANTS, Transaction, noted
from .poison import FAILING, FROM_TOMORROW, GARBLED, KINDS, OPTIONS, told_both_ways
from .way import Told, Way

pytestmark = pytest.mark.timeout(900)


class MoreNoted(Fact):
    note: str | list[str]

    @property
    def key(self) -> str:
        return self.note if isinstance(self.note, str) else self.note[0]


mended = Event("test.noted", MoreNoted, key=lambda told: told.key)
second = replace(mended, version=2)
DEPLOYED = (Participant("writer", announces=(mended, second)), Participant("reader", reacts_to=(mended, second)))


@dataclass(frozen=True, slots=True)
class KeepAnyNote:
    """After the faults were mended: it can read every shape and version, and nothing is too much for it."""

    async def run(self, event: MoreNoted, call: Call, tx: Transaction) -> None:
        call.step("Keeping it")
        await tx.keep(event.key)


def of_event(letter: Kept) -> str:
    return letter.headers[headers.EVENT_ID]


def ids(told: Sequence[Told]) -> set[str]:
    return {each.event_id for each in told}


async def assert_put_aside_whole(way: Way, letter: Kept, kind: str, told: Told) -> None:
    attempts = str(OPTIONS.attempts) if kind == FAILING else "1"
    assert (letter.headers[headers.DEAD_REASON], letter.headers[headers.DEAD_ATTEMPTS]) == (KINDS[kind], attempts)
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

        await assert_kept_back(way, ids(telling.poisoned[FROM_TOMORROW]))
        assert not await Keeping(way.bus, Declared.of(DEPLOYED, StreamOptions())).keep()
        await give_all_again_twice(way)
        async with way.acted_on(mended, KeepAnyNote(), OPTIONS), way.acted_on(second, KeepAnyNote(), OPTIONS):
            await way.finished(*(Consumer("reader", event).name for event in (noted, second)))
            still_dead = await way.dead()

    readable = [told for kind, each in telling.poisoned.items() if kind != GARBLED for told in each]
    assert await way.notes() == sorted(told.note for told in (*telling.sound, *readable))
    assert set(map(of_event, still_dead)) == ids(telling.poisoned[GARBLED])
    request.node.user_properties.append(("figure", telling.figure))
    keeps_nobody_waiting = telling.keeps_nobody_waiting
    assert keeps_nobody_waiting, telling.figure


async def assert_kept_back(way: Way, expected: set[str]) -> None:
    """Nobody who is known yet can read them."""
    letters, kept_back = Letters(way.streams, PARTICIPANTS), set[str]()
    async for letter in letters.every(Wanted()):
        if letter.reason == "wrong_version":
            with pytest.raises(CannotBeGiven, match=r"told as v2 of test\.noted, which reader does not react to"):
                await letters.give_again(letter)
            kept_back.add(letter.id)
    assert kept_back == expected
    assert expected <= set(map(of_event, await way.dead()))


async def give_all_again_twice(way: Way) -> None:
    """As `flow dlq replay` does, and as one that was killed before the letter was gone, and run anew after long."""
    letters = Letters(way.streams, DEPLOYED)
    found = [each async for each in letters.every(Wanted())]
    for letter in found:
        await letters.give_again(letter)
        await letters.give_again(replace(letter, kept=replace(letter.kept, place=letter.place + 1_000_000)))
    assert await way.dead() == []
