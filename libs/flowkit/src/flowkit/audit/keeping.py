"""An audit log looked after: refusals written down, entries older than they are kept removed."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from datetime import timedelta
from typing import Any, Final

import structlog

from flowkit.audit.entry import Entry
from flowkit.audit.refusals import Refusals
from flowkit.audit.transaction import AT_ONCE, Audited
from flowkit.contract import FlowError
from flowkit.postgres import Store

WRITE_EVERY_S: Final = 1.0
PRUNE_EVERY_S: Final = 3600.0
_log = structlog.get_logger("flowkit.audit")


@asynccontextmanager
async def kept[Transaction: Audited](store: Store[Transaction], keep: timedelta) -> AsyncGenerator[Refusals]:
    """Closed before its store: what was noted until then is written."""

    async def write(entries: Sequence[Entry]) -> None:
        async with store.transaction() as tx:
            await tx.record(*entries)

    refusals = Refusals(write)
    loop = asyncio.get_running_loop()
    chores = [
        loop.create_task(_repeat(refusals.flush, WRITE_EVERY_S), context=Context()),
        loop.create_task(_repeat(lambda: prune(store, keep), PRUNE_EVERY_S), context=Context()),
    ]
    try:
        yield refusals
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.wait(chores)
        with contextlib.suppress(FlowError):
            await refusals.flush(all_of_it=True)


async def prune[Transaction: Audited](store: Store[Transaction], keep: timedelta) -> int:
    gone = 0
    while True:
        async with store.transaction() as tx:
            removed = await tx.prune_audit(keep)
        gone += removed
        if removed < AT_ONCE:
            break
    if gone:
        _log.info("old audit entries were removed", count=gone)
    return gone


async def _repeat(chore: Callable[[], Awaitable[Any]], every: float) -> None:
    while True:
        try:
            await chore()
        except Exception as fault:  # noqa: BLE001 - whatever went wrong once, the log is looked after again
            _log.warning("the audit log waits for the database", fault=type(fault).__name__)
        await asyncio.sleep(every)
