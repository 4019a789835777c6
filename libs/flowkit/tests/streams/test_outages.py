"""A real server that goes and comes back: nothing that was stored is lost, and nobody waits for what cannot come."""

import asyncio
from collections.abc import AsyncGenerator

import msgspec
import pytest
from flowkit.bus import BusError, ConnectionLost, ReplyLate
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.servers import NatsServer
from flowkit.streams import Streams, StreamsRefused
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.room import FILLS, Room

from .grounds import DIARY, KEEPER, LIT, PARTICIPANTS, SOON_S, Teller, bodies, declare, pulled_until


@pytest.fixture
async def server() -> AsyncGenerator[NatsServer]:
    async with NatsServer.temporary() as server:
        yield server


@pytest.fixture
async def streams(server: NatsServer) -> AsyncGenerator[Streams]:
    bus = NatsBus(NatsOptions(server.url, name="streams"))
    await declare(bus, StreamOptions(ack_wait_s=2))
    yield Streams(bus)
    await bus.close()


async def restarted(server: NatsServer, streams: Streams) -> None:
    server.kill()
    await server.wait()
    await server.start()
    await back(streams)


async def back(streams: Streams) -> None:
    async with asyncio.timeout(SOON_S):
        while True:
            try:
                await streams.consumer(KEEPER)
            except BusError:
                await asyncio.sleep(0.05)
            else:
                return


async def pulling(streams: Streams, consumer: str = KEEPER) -> "asyncio.Task[object]":
    task = asyncio.create_task(streams.pull(consumer, 10, 10 * SOON_S))
    async with asyncio.timeout(SOON_S):
        while not (await streams.consumer(consumer)).waiting:
            await asyncio.sleep(0.01)
    return task


async def test_a_pull_ends_at_once_with_the_server(server: NatsServer, streams: Streams) -> None:
    task = await pulling(streams)
    server.kill()

    async with asyncio.timeout(SOON_S):
        with pytest.raises(ConnectionLost):
            await task


async def test_a_pull_ends_with_a_fault_when_the_server_is_stopped(server: NatsServer, streams: Streams) -> None:
    task = await pulling(streams)
    await server.stop()

    async with asyncio.timeout(SOON_S):
        with pytest.raises(BusError):
            await task


async def test_a_pull_that_is_refused_does_not_look_like_one_that_brought_nothing(streams: Streams) -> None:
    name = "of-one-pull"
    narrow = {"durable_name": name, "ack_policy": "explicit", "max_waiting": 1, "filter_subjects": [LIT]}
    asked = msgspec.json.encode({"stream_name": EVENTS, "config": narrow})
    await streams.bus.request(f"$JS.API.CONSUMER.CREATE.{EVENTS}.{name}", asked, within=SOON_S)
    first = await pulling(streams, name)

    with pytest.raises(StreamsRefused, match="Exceeded MaxWaiting"):
        await streams.pull(name, 1, 0.2)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_what_was_stored_before_a_kill_is_pulled_after_it(server: NatsServer, streams: Streams) -> None:
    teller = Teller(streams)
    stored = [await teller.tell(str(number).encode()) for number in range(20)]
    await restarted(server, streams)

    taken = await pulled_until(streams, KEEPER, lambda taken: len(taken) == 20)
    assert [each.place for each in taken] == [each.place for each in stored]


async def test_what_is_done_is_done_for_a_server_that_is_stopped_and_started(
    server: NatsServer, streams: Streams
) -> None:
    await _one_done_one_open(streams)
    await server.restart()
    await back(streams)

    taken = await pulled_until(streams, KEEPER, bool)
    assert [(each.data, each.delivered) for each in taken] == [(b"open", 2)]


async def test_after_a_kill_what_is_open_comes_again_and_what_was_done_may(
    server: NatsServer, streams: Streams
) -> None:
    """A server writes down what it stores before it says so, but what is done only some time after."""
    await _one_done_one_open(streams)
    await restarted(server, streams)

    taken = await pulled_until(streams, KEEPER, lambda taken: b"open" in bodies(taken))
    assert set(bodies(taken)) <= {b"open", b"done"}
    assert (await streams.consumer(KEEPER)).pending == 0


async def test_the_same_message_told_again_after_a_kill_is_stored_once(server: NatsServer, streams: Streams) -> None:
    stored = await Teller(streams).tell(b"one", id_="same")
    await restarted(server, streams)
    again = await Teller(streams).tell(b"one", id_="same")

    assert (again.place, again.duplicate) == (stored.place, True)


async def test_a_server_that_answers_nothing_holds_up_nobody_for_long(server: NatsServer, streams: Streams) -> None:
    server.freeze()
    try:
        async with asyncio.timeout(SOON_S):
            with pytest.raises(ReplyLate):
                await streams.pull(KEEPER, 10, 0.2)
    finally:
        server.thaw()


async def test_an_event_told_while_its_reader_was_away_is_there_when_it_comes_back(
    server: NatsServer, streams: Streams
) -> None:
    reader = NatsBus(NatsOptions(server.url, name="reader"))
    task = await pulling(Streams(reader))
    await reader.close()
    await asyncio.gather(task, return_exceptions=True)
    while (await streams.consumer(KEEPER)).waiting:
        await asyncio.sleep(0.01)
    await Teller(streams).tell(b"meanwhile")

    taken = await streams.pull(KEEPER, 10, SOON_S)
    assert (bodies(taken), taken[0].delivered) == ([b"meanwhile"], 1)


async def _one_done_one_open(streams: Streams) -> None:
    teller = Teller(streams)
    await teller.tell(b"done")
    await teller.tell(b"open")
    done, _ = await streams.pull(KEEPER, 10, SOON_S)
    await streams.done(done)


async def test_what_was_not_acted_on_outlives_a_server_that_is_killed_as_room_is_made(
    server: NatsServer, streams: Streams
) -> None:
    small = StreamOptions(most_bytes=1 << 16, ack_wait_s=2)
    await declare(streams.bus, small)
    teller, told = Teller(streams), list[bytes]()
    while (await streams.info(EVENTS)).share <= FILLS:
        told.append(f"{len(told):0500}".encode())
        await teller.tell(told[-1])
    unread = set(told[len(told) // 2 :])
    await pulled_until(streams, KEEPER, lambda taken: len(taken) == len(told))
    await pulled_until(streams, DIARY, lambda taken: len(taken) == len(told) - len(unread))

    assert (await Room.of(streams.bus, Declared.of(PARTICIPANTS, small)).make()).removed > 0
    await restarted(server, streams)

    assert unread <= {kept.data for kept in await streams.read(EVENTS, most=len(told))}
    await pulled_until(streams, DIARY, lambda taken: unread <= set(bodies(taken)))
