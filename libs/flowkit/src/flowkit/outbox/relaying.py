"""The relay as a part of a process: runs until the process stops, then sends what is left for as long as it may."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Final

from flowkit.chores import lasting
from flowkit.outbox.relay import Relay

DRAIN_S: Final = 2.0


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncGenerator[Relay]:
    """Closed after the last flow has ended and before the bus is left; what is not sent by then is for the next."""
    # An empty context: each event continues the trace of whoever caused it.
    running = asyncio.get_running_loop().create_task(lasting("the outbox", relay.run), context=Context())
    try:
        yield relay
    finally:
        relay.stop()
        await asyncio.wait((running,), timeout=DRAIN_S)
        running.cancel()
        await asyncio.wait((running,))
        if not running.cancelled():
            running.result()
