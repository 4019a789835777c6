"""Streams as tests want them: taken away for good, and read to their end without a doubt."""

import asyncio
import json
from typing import Any, Final

from flowkit.bus import Bus
from flowkit.contract import EVENTS
from flowkit.streams import Streams

_WITHIN_S: Final = 20.0
_FILES_GO_S: Final = 0.02


async def remove(bus: Bus, *streams: str) -> None:
    """A server that removes a stream answers before its files are gone. One that is made of that name at once may find
    what was in it, and take a new message for a repeated one: with nats-server 2.15.1 32 of 4,000 did, and one could
    not be made. So another is made in its place, until one is found to be empty."""
    for stream in streams:
        await _delete(bus, stream)
        while not await _is_made_empty(bus, stream):
            await _delete(bus, stream)
        await _delete(bus, stream)


async def left_for(streams: Streams, reader: str) -> int:
    """How many events a reader has yet to finish, on a single server. What was told a moment ago may not count as
    pending yet: with nats-server 2.15.1 on a busy machine 53 of 3,000 did not, for up to 9 ms. So where none is counted
    the stream itself is asked, and in how many of the reader's subjects it has one is told instead."""
    standing = await streams.consumer(reader)
    if known := standing.pending + standing.unacknowledged:
        return known
    pages = [
        await streams.read(EVENTS, start=standing.floor + 1, most=1, subject=subject) for subject in standing.subjects
    ]
    return sum(len(page) for page in pages)


async def _delete(bus: Bus, stream: str) -> None:
    await _ask(bus, f"STREAM.DELETE.{stream}")
    await asyncio.sleep(_FILES_GO_S)


async def _is_made_empty(bus: Bus, stream: str) -> bool:
    made = await _ask(bus, f"STREAM.CREATE.{stream}", name=stream, subjects=[f"removed.{stream}"])
    return "error" not in made and made["state"]["last_seq"] == 0


async def _ask(bus: Bus, what: str, **asked: Any) -> dict[str, Any]:
    body = json.dumps(asked).encode() if asked else b""
    return json.loads((await bus.request(f"$JS.API.{what}", body, within=_WITHIN_S)).data)
