"""Streams are kept for as long as a process lives, whether or not NATS is there when it starts."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest
from flowkit import chores
from flowkit.bus import Bus, BusError
from flowkit.contract import EVENTS, Event, Fact, Participant
from flowkit.process.kept_room import KeptRoom
from flowkit.process.kept_streams import EVERY_S, KeptStreams, kept_streams
from flowkit.streams import Streams
from flowkit.streams.conflict import Conflict
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.streams.room import Room
from flowkit.testing.memory_bus import MemoryBroker, MemoryBus
from structlog.testing import capture_logs

SOON_S = 20.0


class LampLit(Fact):
    lamp: str


lit = Event("lamp.lit", LampLit, key=lambda body: body.lamp)
DECLARED = Declared.of([Participant("keeper", reacts_to=(lit,))], StreamOptions())
CONSUMER = "keeper-lamp-lit-v1"


@dataclass(slots=True)
class Connection:
    told: list[Callable[[], None]] = field(default_factory=list["Callable[[], None]"])

    def on_connect(self, told: Callable[[], None]) -> None:
        self.told.append(told)

    def make(self, bus: MemoryBus) -> None:
        bus.restore()
        for told in self.told:
            told()


async def until_there(bus: Bus, *, there: bool = True) -> None:
    async with asyncio.timeout(SOON_S):
        while await _is_there(bus) != there:
            await asyncio.sleep(0.005)


async def _is_there(bus: Bus) -> bool:
    try:
        await Streams(bus).consumer(CONSUMER)
    except BusError:
        return False
    return True


def kept(bus: Bus, connection: Connection, every: float = EVERY_S) -> AbstractAsyncContextManager[KeptStreams]:
    return kept_streams(connection, Keeping(bus, DECLARED), KeptRoom(Room.of(bus, DECLARED)), every)


@asynccontextmanager
async def with_a_stream_in_memory(bus: Bus, every: float) -> AsyncGenerator[KeptStreams]:
    """Which is declared to be in a file."""
    there = msgspec.json.encode({**DECLARED.streams[0], "storage": "memory"})
    await bus.request(f"$JS.API.STREAM.CREATE.{EVENTS}", there, within=SOON_S)
    async with kept(bus, Connection(), every) as streams:
        async with asyncio.timeout(SOON_S):
            while not streams.is_known:
                await asyncio.sleep(0.005)
        yield streams


async def test_streams_are_made_at_once() -> None:
    bus = MemoryBroker().connect()
    async with kept(bus, Connection()):
        await until_there(bus)


async def test_where_nats_is_away_nobody_waits_and_they_are_made_when_it_comes() -> None:
    broker, connection = MemoryBroker(), Connection()
    bus, other = broker.connect(), broker.connect()
    bus.cut()
    with capture_logs() as lines:
        async with asyncio.timeout(SOON_S), kept(bus, connection):
            await asyncio.sleep(0.01)
            connection.make(bus)
            await until_there(other)

    assert [line["event"] for line in lines].count("streams could not be looked at") == 1


async def test_what_is_removed_is_made_again_before_long() -> None:
    bus = MemoryBroker().connect()
    async with kept(bus, Connection(), every=0.01):
        await until_there(bus)
        await bus.request(f"$JS.API.CONSUMER.DELETE.{EVENTS}.{CONSUMER}", b"", within=SOON_S)
        await until_there(bus)


async def test_what_cannot_be_changed_is_told_once_and_counted() -> None:
    bus = MemoryBroker().connect()
    with capture_logs() as lines:
        async with with_a_stream_in_memory(bus, every=0.005) as streams:
            assert len(streams.conflicts) == 1
            await asyncio.sleep(0.1)

    told = [line for line in lines if line["event"] == "stream differs from what is declared"]
    assert [line["log_level"] for line in told] == ["error"]
    assert told[0]["conflict"].startswith('stream EVENTS: storage is "memory", declared "file"')


async def test_a_look_that_fails_as_nobody_foresaw_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    keep, faults = Keeping.keep, [LookupError("what is this?")]

    async def keep_at_last(keeping: Keeping) -> Sequence[Conflict]:
        if faults:
            raise faults.pop()
        return await keep(keeping)

    monkeypatch.setattr(Keeping, "keep", keep_at_last)
    monkeypatch.setattr(chores, "AGAIN_S", 0.0)
    bus = MemoryBroker().connect()
    with capture_logs() as lines:
        async with kept(bus, Connection()):
            await until_there(bus)

    assert [line["chore"] for line in lines if line["log_level"] == "error"] == ["keeping the streams"]


async def test_room_is_seen_to_more_often_than_streams_and_never_before_they_are_there() -> None:
    bus, seen = MemoryBroker().connect(), list[bool]()

    class Seen(KeptRoom):
        async def look(self) -> None:
            seen.append(await _is_there(bus))

    async with kept_streams(Connection(), Keeping(bus, DECLARED), Seen(Room.of(bus, DECLARED), every=0.005)):
        async with asyncio.timeout(SOON_S):
            while len(seen) < 3:
                await asyncio.sleep(0.005)
    assert all(seen)


async def test_where_nats_is_away_room_is_not_seen_to() -> None:
    bus = MemoryBroker().connect()
    bus.cut()
    with capture_logs() as lines:
        async with kept_streams(Connection(), Keeping(bus, DECLARED), KeptRoom(Room.of(bus, DECLARED), every=0.005)):
            await asyncio.sleep(0.05)
    assert [line["event"] for line in lines] == ["streams could not be looked at"]


async def test_nobody_looks_any_more_once_it_is_left() -> None:
    bus = MemoryBroker().connect()
    async with kept(bus, Connection(), every=0.005):
        await until_there(bus)
    await bus.request(f"$JS.API.CONSUMER.DELETE.{EVENTS}.{CONSUMER}", b"", within=SOON_S)
    await asyncio.sleep(0.05)

    assert not await _is_there(bus)
