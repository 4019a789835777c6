"""What an acknowledgement of JetStream means, seen in the system calls of a real server."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.streams import Streams

from .traced import Trace, body, traced_nats

pytestmark = [pytest.mark.strace, pytest.mark.timeout(180)]

STREAM = msgspec.json.encode({"name": "LAMPS", "subjects": ["lamp.>"], "storage": "file"})
ONE_BY_ONE, AT_ONCE = 50, 500
PATIENCE_S = 60.0


async def one_by_one(streams: Streams) -> None:
    for number in range(1, ONE_BY_ONE + 1):
        await light(streams, number)


async def all_at_once(streams: Streams) -> None:
    await asyncio.gather(*(light(streams, number) for number in range(1, AT_ONCE + 1)))


async def light(streams: Streams, number: int) -> None:
    stored = await streams.publish("lamp.lit", body(number), headers={}, within=PATIENCE_S)
    assert stored.place == number


async def trace_of(work: Callable[[Streams], Awaitable[None]], *, synced: bool = True) -> Trace:
    async with traced_nats(synced=synced) as server:
        bus = NatsBus(NatsOptions(server.url, name="syncing"))
        await bus.flush(within=PATIENCE_S)
        await bus.request("$JS.API.STREAM.CREATE.LAMPS", STREAM, within=PATIENCE_S)
        await work(Streams(bus))
        await bus.close()
        return await server.traced()


async def test_a_message_is_synced_before_it_is_acknowledged(tell: Callable[[str], None]) -> None:
    trace = await trace_of(one_by_one)

    tell(f"{len(trace.told)} acknowledged one after the other, {len(trace.syncs)} fsyncs")
    assert list(trace.told) == list(range(1, ONE_BY_ONE + 1))
    assert len(trace.syncs) >= ONE_BY_ONE
    assert trace.told_unsynced == []


async def test_so_it_is_where_many_are_on_their_way_at_once(tell: Callable[[str], None]) -> None:
    trace = await trace_of(all_at_once)

    tell(f"{len(trace.told)} acknowledged that were on their way at once, {len(trace.syncs)} fsyncs")
    assert list(trace.told) == list(range(1, AT_ONCE + 1))
    assert trace.told_unsynced == []


async def test_left_to_itself_the_server_acknowledges_what_it_has_not_synced(tell: Callable[[str], None]) -> None:
    trace = await trace_of(one_by_one, synced=False)

    tell(f"by the server's default: {len(trace.told)} acknowledged, {len(trace.syncs)} fsyncs")
    assert trace.told_unsynced == list(trace.told) == list(range(1, ONE_BY_ONE + 1))
    assert trace.written.keys() == trace.told.keys()
