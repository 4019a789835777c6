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
from flowkit.audit.transaction import Audited
from flowkit.contract import FlowError
from flowkit.postgres import Store
from flowkit.pruning import Prune, prune_for_ever

WRITE_EVERY_S: Final = 1.0
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
        loop.create_task(prune_for_ever("audit entries", older_than(store, keep)), context=Context()),
    ]
    try:
        yield refusals
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.wait(chores)
        with contextlib.suppress(FlowError):
            await refusals.flush(all_of_it=True)


def older_than[Transaction: Audited](store: Store[Transaction], keep: timedelta) -> Prune:
    async def prune(most: int) -> int:
        async with store.transaction() as tx:
            return await tx.prune_audit(keep, most)

    return prune


async def _repeat(chore: Callable[[], Awaitable[Any]], every: float) -> None:
    while True:
        try:
            await chore()
        except Exception as fault:  # noqa: BLE001 - whatever went wrong once, the log is looked after again
            _log.warning("the audit log waits for the database", fault=type(fault).__name__)
        await asyncio.sleep(every)
