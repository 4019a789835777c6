"""What is long over is deleted: a batch at a time, so that nobody waits behind it, every now and then."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog

from flowkit.chores import alongside

EVERY_S: Final = 600.0
BATCH: Final = 1000
_log = structlog.get_logger("flowkit")

type Prune = Callable[[int], Awaitable[int]]
"""Deletes at most so many, and says how many those were."""


def pruned(what: str, prune: Prune, every: float = EVERY_S) -> AbstractAsyncContextManager[None]:
    """In the background, for as long as this is open."""
    return alongside(f"pruning {what}", lambda: prune_for_ever(what, prune, every))


async def prune_for_ever(what: str, prune: Prune, every: float = EVERY_S) -> None:
    while True:
        # Instances that start together should not all prune together.
        await asyncio.sleep(every * random.uniform(0.5, 1.5))  # noqa: S311  spreads work, keeps no secret
        try:
            deleted = await prune_now(prune)
        except Exception as fault:  # noqa: BLE001 - whatever went wrong once, it is tried again
            _log.warning("what is over was not pruned", what=what, fault=type(fault).__name__)
            continue
        if deleted:
            _log.info("pruned what is over", what=what, deleted=deleted)


async def prune_now(prune: Prune) -> int:
    deleted = batch = await prune(BATCH)
    while batch == BATCH:
        batch = await prune(BATCH)
        deleted += batch
    return deleted
