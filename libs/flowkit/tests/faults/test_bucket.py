"""The bucket, on a real NATS server."""

import asyncio
from collections.abc import Callable

import pytest
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.faults import Bucket, BucketAway
from flowkit.servers import NatsServer


class Seen:
    """What a reader was told, the latest by key."""

    def __init__(self) -> None:
        self.values: dict[str, bytes | None] = {}

    def take(self, key: str, value: bytes | None) -> None:
        self.values[key] = value


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not claim():
            await asyncio.sleep(0.005)


async def test_a_bucket_that_is_not_there_yet_holds_nothing() -> None:
    async with NatsServer.temporary() as server:
        bus, seen = NatsBus(NatsOptions(server.url)), Seen()
        await Bucket(bus).read(seen.take)
        await bus.close()

    assert seen.values == {}


async def test_what_was_put_before_is_read_and_what_comes_later_is_heard(bus: NatsBus) -> None:
    bucket, early, late = Bucket(bus), Seen(), Seen()
    await bucket.create()
    await bucket.watch(early.take)
    await bucket.put("a", b"1")
    await bucket.put("b", b"2")
    await bucket.put("b", b"3")
    await bucket.delete("a")

    await bucket.read(late.take)

    await until(lambda: early.values == {"a": None, "b": b"3"})
    assert late.values == {"a": None, "b": b"3"}


async def test_to_make_a_bucket_that_is_there_changes_nothing(bus: NatsBus) -> None:
    bucket, seen = Bucket(bus), Seen()
    await bucket.create()
    await bucket.put("c", b"kept")
    await bucket.create()

    await bucket.read(seen.take)
    assert seen.values["c"] == b"kept"


async def test_what_the_bucket_does_not_take_is_said(bus: NatsBus) -> None:
    bucket = Bucket(bus)
    await bucket.create()

    with pytest.raises(BucketAway, match="exceeds maximum"):
        await bucket.put("big", b"x" * 5000)


async def test_where_there_is_no_bucket_nothing_can_be_put() -> None:
    async with NatsServer.temporary() as server:
        bus = NatsBus(NatsOptions(server.url))
        with pytest.raises(BucketAway, match="nobody listens"):
            await Bucket(bus).put("a", b"1")
        await bus.close()
