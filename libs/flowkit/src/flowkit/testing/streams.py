"""Streams taken away for good, for tests that share a server and begin with nothing in them."""

import asyncio
import json
from typing import Any, Final

from flowkit.bus import Bus

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


async def _delete(bus: Bus, stream: str) -> None:
    await _ask(bus, f"STREAM.DELETE.{stream}")
    await asyncio.sleep(_FILES_GO_S)


async def _is_made_empty(bus: Bus, stream: str) -> bool:
    made = await _ask(bus, f"STREAM.CREATE.{stream}", name=stream, subjects=[f"removed.{stream}"])
    return "error" not in made and made["state"]["last_seq"] == 0


async def _ask(bus: Bus, what: str, **asked: Any) -> dict[str, Any]:
    body = json.dumps(asked).encode() if asked else b""
    return json.loads((await bus.request(f"$JS.API.{what}", body, within=_WITHIN_S)).data)
