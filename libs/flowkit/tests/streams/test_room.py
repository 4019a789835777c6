"""Room is made of what every reader has acted on, and of nothing else: in memory and on NATS alike."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flowkit.bus import Bus
from flowkit.contract import EVENTS
from flowkit.streams import NotStored, Pulled, Streams, StreamsRefused
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.room import FILLS, STAYS, Holder, Room
from flowkit.testing.streams import left_for

from .grounds import BROKEN, DIARY, IN_ORDER, KEEPER, LIT, PARTICIPANTS, SOON_S, Teller, declare
from .test_keeping import consumer_made, made

ROOM = 1 << 16
BODY = b"x" * 1000
SMALL = StreamOptions(most_bytes=ROOM)
DECLARED = Declared.of(PARTICIPANTS, SMALL)
LEFT_OVER = "porter-lamp-lit-v1"
READERS = (KEEPER, DIARY, IN_ORDER)
SUBJECTS = (LIT, LIT, BROKEN, "again.keeper.lamp.lit.v1.0", "event.lamp.sold.v1.0")


@pytest.fixture
async def streams(bus: Bus) -> Streams:
    await declare(bus, SMALL)
    return Streams(bus)


@pytest.fixture
def room(bus: Bus) -> Room:
    return Room.of(bus, DECLARED)


async def filled(streams: Streams, teller: Teller, subject: str = LIT) -> None:
    while (await streams.info(EVENTS)).share <= FILLS:
        await teller.tell(BODY, subject)


async def full(streams: Streams, teller: Teller) -> None:
    """To the last byte that is taken."""
    while (standing := await streams.info(EVENTS)).bytes + 3 * len(BODY) < standing.most_bytes:
        await teller.tell(BODY)
    with pytest.raises(NotStored, match="maximum bytes exceeded"):
        await teller.tell(3 * BODY)


async def acted_on(streams: Streams, *readers: str) -> None:
    for reader in readers:
        while await left_for(streams, reader) > (await streams.consumer(reader)).unacknowledged:
            for pulled in await streams.pull(reader, 1, SOON_S):
                await streams.done(pulled)


async def test_where_it_does_not_fill_nothing_goes(streams: Streams, teller: Teller, room: Room) -> None:
    await teller.tell(BODY)
    await acted_on(streams, KEEPER, DIARY)

    assert (await room.make()).removed == 0
    assert (await streams.info(EVENTS)).messages == 1


async def test_where_all_have_acted_the_newer_half_stays(streams: Streams, teller: Teller, room: Room) -> None:
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)
    before = await streams.info(EVENTS)

    come = await room.make()

    after = await streams.info(EVENTS)
    assert come.removed == before.messages - after.messages > 0
    assert (come.up_to, come.holder) == (after.first - 1, None)
    assert abs(come.full - after.share) < 0.01
    assert abs(after.share - STAYS) < 0.03
    assert after.last == before.last


async def test_what_is_told_is_never_refused_where_all_is_acted_on(
    streams: Streams, teller: Teller, room: Room
) -> None:
    for _ in range(5 * ROOM // len(BODY) // 8):
        for _ in range(8):
            await teller.tell(BODY)
        await acted_on(streams, KEEPER, DIARY)
        await room.make()


async def test_what_one_has_not_acted_on_stays_and_once_it_has_there_is_room(
    streams: Streams, teller: Teller, room: Room
) -> None:
    await full(streams, teller)
    await acted_on(streams, KEEPER)
    before = await streams.info(EVENTS)

    come = await room.make()

    assert (come.removed, come.holder) == (0, Holder(DIARY, before.first - 1))
    assert come.is_short
    assert await streams.info(EVENTS) == before

    await acted_on(streams, DIARY)
    assert (await room.make()).removed > 0
    await teller.tell(BODY)


async def test_what_precedes_the_first_that_one_has_not_acted_on_goes(
    streams: Streams, teller: Teller, room: Room
) -> None:
    await teller.tell(BODY, BROKEN)
    await acted_on(streams, IN_ORDER)
    for _ in range(3):
        await teller.tell(BODY)
    unread = await teller.tell(BODY, BROKEN)
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)

    come = await room.make()

    assert come.holder == Holder(IN_ORDER, unread.place - 1)
    assert (await streams.info(EVENTS)).first == unread.place


async def test_what_is_in_hand_stays(streams: Streams, teller: Teller, room: Room) -> None:
    in_hand = await teller.tell(BODY)
    await streams.pull(DIARY, 1, SOON_S)
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)

    assert (await room.make()).holder == Holder(DIARY, in_hand.place - 1)
    assert (await streams.info(EVENTS)).first == in_hand.place


async def test_one_that_nobody_declares_any_more_counts(bus: Bus, streams: Streams, teller: Teller, room: Room) -> None:
    await consumer_made(bus, LEFT_OVER, {"filter_subjects": [LIT]})
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)
    assert (await room.make()).holder == Holder(LEFT_OVER, 0)

    await streams.forget(LEFT_OVER)
    assert (await room.make()).removed > 0


async def test_one_that_nobody_declares_and_that_is_told_nothing_keeps_nothing(
    bus: Bus, streams: Streams, teller: Teller, room: Room
) -> None:
    await consumer_made(bus, LEFT_OVER, {"filter_subjects": ["event.lamp.sold.v1.*"]})
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)

    assert (await room.make()).removed > 0


async def test_where_one_that_is_declared_is_not_there_nothing_goes(
    bus: Bus, streams: Streams, teller: Teller, room: Room
) -> None:
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)
    await streams.forget(IN_ORDER)

    assert (await room.make()).holder == Holder(IN_ORDER, 0, is_there=False)

    await declare(bus, SMALL)
    assert (await room.make()).removed > 0


async def test_one_that_was_just_made_is_given_all_there_is(
    bus: Bus, streams: Streams, teller: Teller, room: Room
) -> None:
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)
    await streams.forget(DIARY)
    await declare(bus, SMALL)
    there = (await streams.info(EVENTS)).messages

    assert (await room.make()).removed == 0
    assert (await streams.consumer(DIARY)).pending == there


async def test_from_a_stream_of_old_nothing_goes(bus: Bus, teller: Teller, streams: Streams, room: Room) -> None:
    await filled(streams, teller)
    await acted_on(streams, KEEPER, DIARY)
    await made(bus, f"STREAM.UPDATE.{EVENTS}", {**DECLARED.streams[0], "deny_purge": True})

    with pytest.raises(StreamsRefused, match="stream purge not permitted"):
        await room.make()


@dataclass(slots=True)
class Reading:
    """What the readers have yet to act on, known without asking the server."""

    streams: Streams
    chance: random.Random
    unfinished: dict[str, set[int]] = field(default_factory=lambda: {each: set[int]() for each in READERS})
    in_hand: list[tuple[str, Pulled]] = field(default_factory=list[tuple[str, Pulled]])

    def told(self, subject: str, place: int) -> None:
        for reader in _readers_of(subject):
            self.unfinished[reader].add(place)

    async def take(self) -> None:
        reader = self.chance.choice(READERS)
        most = 1 if reader == IN_ORDER else self.chance.randint(1, 6)
        waits = reader == IN_ORDER and any(who == reader for who, _ in self.in_hand)
        if not waits and (await self.streams.consumer(reader)).pending:
            self.in_hand += [(reader, pulled) for pulled in await self.streams.pull(reader, most, SOON_S)]

    async def let_go(self) -> None:
        """Of any that are in hand, not of the oldest first."""
        self.chance.shuffle(self.in_hand)
        for _ in range(self.chance.randint(0, len(self.in_hand))):
            reader, pulled = self.in_hand.pop()
            if self.chance.random() < 0.2:
                await self.streams.again(pulled, 0)
                continue
            await (self.streams.done(pulled) if self.chance.random() < 0.9 else self.streams.give_up(pulled, "no"))
            self.unfinished[reader].discard(pulled.place)


def _readers_of(subject: str) -> Iterator[str]:
    if subject in (LIT, "again.keeper.lamp.lit.v1.0"):
        yield KEEPER
    if subject == LIT:
        yield DIARY
    if subject == BROKEN:
        yield IN_ORDER


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_done_in_whichever_order_nothing_goes_that_one_has_not_acted_on(
    seed: int, bus: Bus, streams: Streams, teller: Teller, room: Room
) -> None:
    # What is just to be given again comes only after the ack wait where something is removed that moment.
    await declare(bus, StreamOptions(most_bytes=ROOM, ack_wait_s=1))
    chance = random.Random(seed)  # noqa: S311  the same in every run
    reading, removed = Reading(streams, chance), 0
    for _ in range(80):
        for _ in range(chance.randint(0, 4)):
            subject = chance.choice(SUBJECTS)
            try:
                told = await teller.tell(BODY * chance.randint(1, 3), subject)
            except NotStored:
                break
            reading.told(subject, told.place)
        await reading.take()
        await reading.let_go()
        removed += (await room.make()).removed
        there = {kept.place for kept in await streams.read(EVENTS, most=200)}
        for reader, unfinished in reading.unfinished.items():
            assert unfinished <= there, reader
    assert removed > 0
