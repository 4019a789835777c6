"""What a process does on the side for as long as it lives: whatever goes wrong with it once, it is told and goes on."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass
from typing import Final

import structlog

AGAIN_S: Final = 1.0
TELL_EVERY_S: Final = 60.0
_log = structlog.get_logger("flowkit")

type Work = Callable[[], Awaitable[None]]
"""Knows what to do about the faults it expects."""


@asynccontextmanager
async def alongside(what: str, work: Work) -> AsyncGenerator[None]:
    """In the background for as long as this is open, then cancelled."""
    # An empty context: nobody's trace.
    running = asyncio.get_running_loop().create_task(lasting(what, work), context=Context())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait((running,))


async def lasting(what: str, work: Work) -> None:
    """Begun anew whenever it fails; over when it ends by itself, or is cancelled."""
    told = _Told(what)
    while True:
        try:
            return await work()
        except asyncio.CancelledError as fault:
            if _is_cancelled():
                raise
            told.tell(fault)
        except Exception as fault:  # noqa: BLE001  nobody would notice that it does not go on
            told.tell(fault)
        await asyncio.sleep(AGAIN_S)


def _is_cancelled() -> bool:
    """As opposed to a task that it waited for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


@dataclass(slots=True)
class _Told:
    what: str
    at: float = -math.inf

    def tell(self, fault: BaseException) -> None:
        """Once a minute at most."""
        if time.monotonic() - self.at < TELL_EVERY_S:
            return
        self.at = time.monotonic()
        _log.error("a chore failed and is begun anew", chore=self.what, exc_info=fault)
