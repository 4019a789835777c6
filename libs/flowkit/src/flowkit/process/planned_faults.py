"""The faults that are planned, as the bucket has them, for as long as a process serves."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog

from flowkit.bus import Bus
from flowkit.faults import Bucket, BucketAway, Faults
from flowkit.process.presence import Connection

_log = structlog.get_logger("flowkit.faults")


@asynccontextmanager
async def planned_faults(connection: Connection, bus: Bus, *, keeper: bool = False) -> AsyncGenerator[Faults]:
    """Read now and whenever the connection has been made anew; heard of as they change. The keeper makes the bucket."""
    _log.warning("faults may be injected here")
    faults, bucket, connected = Faults(), Bucket(bus), asyncio.Event()
    heard = await bucket.watch(faults.take)
    connected.set()
    connection.on_connect(connected.set)
    reading = asyncio.create_task(_read(bucket, faults, connected, keeper=keeper))
    try:
        yield faults
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await heard.unsubscribe()


async def _read(bucket: Bucket, faults: Faults, connected: asyncio.Event, *, keeper: bool) -> None:
    while True:
        await connected.wait()
        connected.clear()
        faults.forget()
        try:
            if keeper:
                await bucket.create()
            await bucket.read(faults.take)
        except BucketAway as away:
            _log.warning("planned faults could not be read", reason=str(away))
