"""What a reaction's own test stands on: it is told as the runtime tells it, and what is undone was not done."""

from uuid import uuid4

import pytest
from flowkit.call import Call
from flowkit.service import on
from flowkit.testing.events import FakeEvents
from flowkit.testing.reactions import told

from .scenes import Diary, Told, Visited, counted, said, visited, write


async def test_an_event_told_twice_is_acted_on_once() -> None:
    diary, event_id = Diary(), str(uuid4())
    writing = on(visited, Told(write), diary)

    first, second = [await told(writing, said("hello"), event_id) for _ in range(2)]

    assert diary.lines == ["hello"]
    assert (first.steps, second.steps) == (["Writing it down"], [])


async def test_what_is_announced_stands_where_the_reaction_does() -> None:
    async def announce(event: Visited, _: Call, tx: Diary) -> None:
        await tx.publish(counted, event)
        if event.said == "never":
            raise LookupError

    diary = Diary()
    await told(on(visited, Told(announce), diary), said("hello"))
    with pytest.raises(LookupError):
        await told(on(visited, Told(announce), diary), said("never"))

    assert diary.published == [said("hello")]


async def test_what_is_undone_was_neither_announced_nor_done() -> None:
    events = FakeEvents()

    with pytest.raises(LookupError), events.all_or_nothing():
        await fail_after_announcing(events)

    assert (events.published, events.done) == ([], set())


async def fail_after_announcing(events: FakeEvents) -> None:
    await events.publish(visited, said("hello"))
    await events.mark_done("diary test.visited", "1")
    raise LookupError


async def test_a_body_of_another_event_is_refused() -> None:
    with pytest.raises(TypeError, match=r"test\.visited tells a Visited"):
        await FakeEvents().publish(visited, Told(write))  # pyright: ignore[reportArgumentType]  # so is it by the types
