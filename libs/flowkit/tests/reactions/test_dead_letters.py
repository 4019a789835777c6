"""What cannot be acted on is put aside once, whole, with why, and holds nobody up."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from flowkit.bus import Bus, Disconnected
from flowkit.call import Call
from flowkit.contract import DEAD_LETTERS, Conflict, Consumer, Unavailable
from flowkit.reactions import ReactionOptions, Reason
from flowkit.reactions.dead_letters import DeadLetters
from flowkit.streams import Pulled, Streams
from flowkit.streams.declared import StreamOptions
from flowkit.testing.memory_bus import MemoryBroker
from flowkit.wire import headers

from .scenes import QUICK, Diary, Visited, said, scene, streams_kept, visited


class Broken(Exception):
    pass


async def break_down(event: Visited, call: Call, tx: Diary) -> None:
    call.step("Trying")
    await tx.write(event.said)
    if "poison" in event.said:
        raise Broken


async def test_what_keeps_failing_is_put_aside_after_its_last_attempt(bus: Bus) -> None:
    async with scene(bus, break_down) as host:
        event_id = await host.tell(said("poison"), changed={headers.REQUEST_ID: "r-1"})

        (letter,) = await host.dead()

    assert letter.subject == f"dead.diary.test.visited.v1.{event_id}"
    assert msgspec.json.decode(letter.data, type=Visited) == said("poison")
    told = letter.headers
    assert (told[headers.DEAD_REASON], told[headers.DEAD_ATTEMPTS]) == ("failed", str(QUICK.attempts))
    assert told[headers.DEAD_FAULT] == "ERROR: Broken"
    assert (told[headers.EVENT_ID], told[headers.REQUEST_ID], told[headers.CALLER]) == (event_id, "r-1", "host")
    assert told[headers.DEAD_SUBJECT] == visited.subject_of(said("poison"))
    assert (datetime.now(UTC) - datetime.fromisoformat(told[headers.DEAD_AT])).total_seconds() < 60
    assert host.diary.lines == []


async def test_a_cancellation_that_is_none_of_ours_is_a_failure_like_any_other(bus: Bus) -> None:
    async def awaits_what_somebody_cancelled(_: Visited, __: Call, ___: Diary) -> None:
        raise asyncio.CancelledError

    async with scene(bus, awaits_what_somebody_cancelled) as host:
        await host.tell(said("hello"))

        (letter,) = await host.dead()

    told = letter.headers
    assert (told[headers.DEAD_REASON], told[headers.DEAD_ATTEMPTS]) == ("failed", str(QUICK.attempts))


async def test_what_is_put_aside_is_let_go_of_over_the_next_connection_and_not_tried_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it might go well the seventh time, and its letter say for ever that it did not."""
    bus, tries, let_go = MemoryBroker().connect(), 0, Streams.give_up
    await streams_kept(bus)

    async def fail(_: Visited, __: Call, ___: Diary) -> None:
        nonlocal tries
        tries += 1
        raise Broken

    async def cut_off_first(streams: Streams, pulled: Pulled, why: str) -> None:
        if not cut:
            cut.append(bus)
            bus.cut()
            asyncio.get_running_loop().call_later(0.1, bus.restore)
        await let_go(streams, pulled, why)

    cut: list[Bus] = []
    monkeypatch.setattr(Streams, "give_up", cut_off_first)
    async with scene(bus, fail) as host:
        await host.tell(said("hello"))
        await host.until(lambda: cut)
        await host.until(lambda: bus.is_connected)

        assert len(await host.dead()) == 1
    assert tries == QUICK.attempts


async def test_what_the_contract_forbids_is_told_in_its_own_words(bus: Bus) -> None:
    async def refuse(_: Visited, __: Call, ___: Diary) -> None:
        raise Conflict("The order is paid already")

    async with scene(bus, refuse) as host:
        await host.tell(said("hello"))

        (letter,) = await host.dead()

    assert letter.headers[headers.DEAD_FAULT] == "REJECTED: The order is paid already"


@pytest.mark.parametrize(
    ("body", "changed", "reason", "fault"),
    [
        (b"{", {}, "undecodable", "Not valid JSON"),
        (b"\xff\xfe", {}, "undecodable", "Not valid JSON"),
        (b'{"guest": 1, "said": "hello"}', {}, "undecodable", "guest: Must be a string"),
        (said("hello"), {headers.EVENT: "test.other"}, "undecodable", "it is not told to be test.visited"),
        (said("hello"), {headers.EVENT_ID: "'; DROP TABLE"}, "undecodable", "it has no id"),
        (said("hello"), {headers.EVENT_VERSION: "2"}, "wrong_version", "version 2, where 1 is known"),
        (said("hello"), {headers.EVENT_VERSION: "<b>"}, "wrong_version", "version unreadable, where 1 is known"),
    ],
)
async def test_what_cannot_be_read_is_put_aside_at_once(
    bus: Bus, body: Visited | bytes, changed: dict[str, str], reason: str, fault: str
) -> None:
    async with scene(bus) as host:
        await host.tell(body, changed=changed)

        (letter,) = await host.dead()

    assert (letter.headers[headers.DEAD_REASON], letter.headers[headers.DEAD_ATTEMPTS]) == (reason, "1")
    assert letter.headers[headers.DEAD_FAULT] == f"REJECTED: {fault}"
    assert letter.data == (body if isinstance(body, bytes) else msgspec.json.encode(body))
    assert host.diary.opened == 0


async def test_the_good_ones_are_acted_on_beside_the_bad(bus: Bus) -> None:
    async with scene(bus, break_down) as host:
        for n in range(20):
            await host.tell(said(f"poison {n}" if n % 5 == 0 else f"{n}"))

        assert len(await host.dead(4)) == 4
        await host.written(*(f"{n}" for n in range(20) if n % 5))


async def test_an_event_that_is_stored_twice_is_put_aside_once(bus: Bus) -> None:
    async with scene(bus, break_down) as host:
        event_id = await host.tell(said("poison"))
        await host.tell(said("poison"), event_id=event_id)
        await host.tell(said("poison"))

        assert len(await host.dead(2)) == 2


async def test_what_is_given_again_by_hand_and_fails_again_is_put_aside_again(bus: Bus) -> None:
    async with scene(bus, break_down) as host:
        event_id = await host.tell(said("poison"))
        await host.dead()
        await host.tell(said("poison"), event_id=event_id, again=True)

        first, second = await host.dead(2)

    assert second.subject == f"{first.subject}-{second.headers[headers.DEAD_PLACE]}"
    assert second.headers[headers.EVENT_ID] == event_id


async def test_what_is_given_again_by_hand_after_it_was_mended_is_done_once(bus: Bus) -> None:
    async with scene(bus, break_down) as host:
        event_id = await host.tell(said("poison"))
        (letter,) = await host.dead()
    async with scene(bus) as host:
        for _ in range(2):
            await host.tell(msgspec.json.decode(letter.data, type=Visited), event_id=event_id, again=True)

        await host.written("poison")


async def test_orders_to_the_server_are_not_passed_on(bus: Bus) -> None:
    async with scene(bus, break_down) as host:
        await host.tell(said("poison"), changed={"Nats-Expected-Stream": "EVENTS"})

        (letter,) = await host.dead()

    assert not any(name.lower().startswith("nats-") for name in letter.headers)


async def test_what_it_needs_and_is_not_there_is_waited_for_longer_than_what_fails(bus: Bus) -> None:
    tries: list[str] = []

    async def away(event: Visited, _: Call, __: Diary) -> None:
        tries.append(event.said)
        raise Unavailable

    options = ReactionOptions(attempts=2, patience=9, first_pause_s=0.01, longest_pause_s=0.02, pull_s=0.5)
    async with scene(bus, away, options) as host:
        await host.tell(said("hello"))

        (letter,) = await host.dead()

    assert len(tries) == 9
    assert letter.headers[headers.DEAD_REASON] == "unavailable"


async def test_what_was_away_does_not_count_as_failed(bus: Bus) -> None:
    """Seven times away and then a fault of its own: it is tried again as often as any."""
    tries: list[str] = []

    async def mostly_away(event: Visited, _: Call, tx: Diary) -> None:
        tries.append(event.said)
        if len(tries) <= 7:
            raise Unavailable
        if len(tries) == 8:
            raise Broken
        await tx.write(event.said)

    async with scene(bus, mostly_away) as host:
        await host.tell(said("hello"))

        await host.written("hello")


async def test_what_ends_whoever_takes_it_on_is_put_aside_in_the_end(bus: Bus) -> None:
    """It is never heard of again, so only the server's count tells."""
    options = ReactionOptions(patience=3, first_pause_s=0.01, longest_pause_s=0.02, pull_s=0.5)

    async with scene(bus, break_down, options) as host:
        await host.reactions.leave()
        await host.tell(said("hello"))
        consumer = "diary-test-visited-v1"
        for _ in range(3):
            (pulled,) = await host.streams.pull(consumer, 1, 5)
            await host.streams.again(pulled, 0)
        async with scene(bus, options=options) as later:
            (letter,) = await later.dead()

    assert letter.headers[headers.DEAD_REASON] == "abandoned"
    assert later.diary.lines == []


async def test_an_event_is_not_let_go_of_while_its_letter_cannot_be_stored(empty_bus: Bus) -> None:
    await streams_kept(empty_bus, but=DEAD_LETTERS)
    async with scene(empty_bus, break_down) as host:
        await host.tell(said("poison"))
        await host.until(lambda: host.again >= 3 + QUICK.attempts)
        await streams_kept(empty_bus)

        (letter,) = await host.dead()

    assert letter.headers[headers.DEAD_REASON] == "failed"


async def test_where_no_letter_could_be_stored_nothing_is_told_to_be_dead(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even that it is to be given again can be said while NATS is away."""
    keep, refused = DeadLetters.keep, list[Pulled]()

    async def away(letters: DeadLetters, consumer: Consumer, pulled: Pulled, reason: Reason, fault: str) -> None:
        if len(refused) < 3:
            refused.append(pulled)
            raise Disconnected
        await keep(letters, consumer, pulled, reason, fault)

    async def unheard(_: Streams, __: Pulled, ___: float) -> None:
        raise Disconnected

    monkeypatch.setattr(DeadLetters, "keep", away)
    monkeypatch.setattr(Streams, "again", unheard)
    await streams_kept(bus, StreamOptions(ack_wait_s=1))
    async with scene(bus) as host:
        await host.tell(b"{")
        await host.dead()

    assert len(refused) == 3
    assert host.again == 3
    assert host.figure("events_dead_total", event="test.visited", reason="undecodable") == 1
    assert host.figure("events_handled_total", event="test.visited", outcome="dead") == 1


async def test_a_letter_too_large_for_the_server_is_kept_without_its_body(bus: Bus) -> None:
    async with scene(bus) as host:
        # With its own headers it just fits.
        huge = b"{" + b" " * (bus.max_payload - 320)
        await host.tell(huge)

        (letter,) = await host.dead()
        (original,) = await host.streams.read("EVENTS", start=int(letter.headers[headers.DEAD_PLACE]), most=1)

    assert letter.data == b""
    assert original.data == huge


async def test_how_often_and_why_is_counted(bus: Bus) -> None:
    async with scene(bus, break_down) as host:
        await host.tell(said("poison"))
        await host.tell(b"{")
        await host.dead(2)

    assert host.figure("events_dead_total", event="test.visited", reason="failed") == 1
    assert host.figure("events_dead_total", event="test.visited", reason="undecodable") == 1
    assert host.figure("events_handled_total", event="test.visited", outcome="dead") == 2
    assert host.figure("events_handled_total", event="test.visited", outcome="again") == QUICK.attempts - 1
    assert host.figure("events_redelivered_total", event="test.visited") == QUICK.attempts - 1
