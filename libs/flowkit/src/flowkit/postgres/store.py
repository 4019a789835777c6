"""Transactions: a service's own queries over one pooled connection, committed together or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from flowkit.contract import Crowded, FlowError, TimedOut, Unavailable
from flowkit.postgres.connection import Switchboard
from flowkit.postgres.engine import for_reading, open_pool
from flowkit.postgres.errors import is_lost
from flowkit.postgres.lossiness import ASKED, turned_off
from flowkit.postgres.options import PostgresOptions
from flowkit.postgres.told import Afterwards, told_on

# As many as requests that come at once to a newcomer find in use, and no more: each costs PostgreSQL a process.
_WARM = 3


@dataclass(frozen=True, slots=True)
class PoolUse:
    """`waiting` counts the transactions that have no connection yet."""

    size: int
    in_use: int
    waiting: int


class Store[Transaction]:
    def __init__(self, options: PostgresOptions, transaction: Callable[[AsyncConnection], Transaction]) -> None:
        self._transaction = transaction
        self._check_timeout = options.check_timeout
        self._switchboard = Switchboard(options.farewell_timeout)
        self._pool = open_pool(options, self._switchboard, size=options.pool_size)
        self._reads = for_reading(self._pool)
        self._statements = self._pool.execution_options(isolation_level="AUTOCOMMIT")
        # Its own connection: a busy pool is no reason to call the database away.
        self._checks = open_pool(options, self._switchboard, size=1).execution_options(isolation_level="AUTOCOMMIT")
        self._afterwards = Afterwards(self._checks)
        self._waiting = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """Committed at its end, or not at all."""
        connection = await self._checkout(self._pool)
        told_on(connection)  # of one that was rolled back
        try:
            try:
                yield self._transaction(connection)
            except BaseException as fault:
                await _undo(connection, fault)
                raise
            await _commit(connection)
            self._afterwards.tell(told_on(connection))
        finally:
            await connection.close()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction]:
        """Queries that change nothing, each on its own: a transaction would cost two more round trips."""
        connection = await self._checkout(self._reads)
        try:
            yield self._transaction(connection)
        except BaseException as fault:
            await _undo(connection, fault)
            raise
        finally:
            await connection.close()

    @asynccontextmanager
    async def statement(self) -> AsyncGenerator[AsyncConnection]:
        """For one statement that is a transaction of its own: one round trip, where a transaction takes three."""
        connection = await self._checkout(self._statements)
        try:
            yield connection
        except BaseException as fault:
            await _undo(connection, fault)
            raise
        finally:
            await connection.close()

    async def warm_up(self) -> None:
        """Some connections are there before the first request asks for one; a server that is away is no fault yet."""
        dialling = (self._pool.connect().start() for _ in range(min(_WARM, self.pool_use.size)))
        dialled = await asyncio.gather(*dialling, self.check(), return_exceptions=True)
        for each in dialled:
            if isinstance(each, AsyncConnection):
                await each.close()

    async def check(self) -> tuple[str, ...]:
        """One round trip: the settings that are off without which it may lose what it has committed.

        Raises Unavailable where that fails or takes too long.
        """
        try:
            async with asyncio.timeout(self._check_timeout), self._checks.connect() as connection:
                return turned_off((await connection.execute(ASKED)).mappings().one())
        except Exception as fault:
            raise Unavailable from fault

    @property
    def pool_use(self) -> PoolUse:
        pool = cast("QueuePool", self._pool.pool)
        return PoolUse(size=pool.size(), in_use=pool.checkedout(), waiting=self._waiting)

    async def close(self) -> None:
        await self._pool.dispose()
        await self._afterwards.quiet()
        await self._checks.dispose()
        await self._switchboard.quiet()

    async def _checkout(self, pool: AsyncEngine) -> AsyncConnection:
        self._waiting += 1
        try:
            return await pool.connect().start()
        except exc.TimeoutError as fault:
            raise Crowded from fault
        except Exception as fault:
            if is_lost(fault):
                raise Unavailable from fault
            raise
        finally:
            self._waiting -= 1


@asynccontextmanager
async def connect[Transaction](
    options: PostgresOptions, transaction: Callable[[AsyncConnection], Transaction]
) -> AsyncGenerator[Store[Transaction]]:
    """A pool that opens its connections as they are needed: the server may come later than the service."""
    store = Store(options, transaction)
    try:
        yield store
    finally:
        await store.close()


async def _undo(connection: AsyncConnection, fault: BaseException) -> None:
    if not connection.in_transaction():
        return
    if not isinstance(fault, Exception):
        # Cancelled: not one more round trip. Leaving rolls back as well, and nobody waits for it.
        await connection.invalidate()
        return
    with contextlib.suppress(FlowError):  # a connection that cannot roll back is lost, and rolled back by that
        await connection.rollback()


async def _commit(connection: AsyncConnection) -> None:
    try:
        await connection.commit()
    except Unavailable as fault:
        if fault.__cause__ is not None and is_lost(fault.__cause__):
            raise TimedOut from fault  # COMMIT was sent and its answer lost: it may have been done
        raise
