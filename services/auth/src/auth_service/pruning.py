"""Sessions that are long over, and tokens spent long ago, are deleted: a batch at a time, every now and then."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import Context

import structlog
from flowkit.contract import FlowError

EVERY_S = 600.0
BATCH = 1000
_MOST_BATCHES = 50
_log = structlog.get_logger("auth")

type Prune = Callable[[int], Awaitable[int]]
"""Deletes at most so many, and says how many those were."""


@asynccontextmanager
async def pruned(prune: Prune, every: float = EVERY_S) -> AsyncGenerator[None]:
    """In the background, for as long as this is open."""
    # An empty context: no request's trace.
    pruning = asyncio.get_running_loop().create_task(_prune_for_ever(prune, every), context=Context())
    try:
        yield
    finally:
        pruning.cancel()
        with suppress(asyncio.CancelledError):
            await pruning


async def _prune_for_ever(prune: Prune, every: float) -> None:
    while True:
        # Instances that start together should not all prune together.
        await asyncio.sleep(every * random.uniform(0.5, 1.5))  # noqa: S311  spreads work, keeps no secret
        try:
            deleted = await _prune(prune)
        except FlowError as fault:
            _log.warning("what is over was not pruned", error_code=fault.code)
            continue
        if deleted:
            _log.info("pruned what is over", deleted=deleted)


async def _prune(prune: Prune) -> int:
    deleted = 0
    for _ in range(_MOST_BATCHES):
        batch = await prune(BATCH)
        deleted += batch
        if batch < BATCH:
            break
    return deleted
