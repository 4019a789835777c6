"""The one place that opens a pool."""

import functools
from typing import Final

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.dml import UpdateBase

from flowkit.postgres.connection import Connection, Switchboard, dial
from flowkit.postgres.errors import explain
from flowkit.postgres.options import PostgresOptions

CHANGES: Final = "changes"
"""The option of a statement that changes something and is written out as text, which does not show it."""


def open_pool(options: PostgresOptions, switchboard: Switchboard, *, size: int) -> AsyncEngine:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=functools.partial(dial, options, switchboard),
        pool_size=size,
        max_overflow=0,
        pool_timeout=options.pool_timeout,
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "handle_error", explain)
    event.listen(engine.sync_engine, "checkout", _refuse_a_closed_one)
    return engine


class ChangedWhileReading(RuntimeError):
    """A change would be committed at once, whatever comes after it: it belongs in a transaction."""


def for_reading(pool: AsyncEngine) -> AsyncEngine:
    """The same connections, where each statement stands alone."""
    engine = pool.execution_options(isolation_level="AUTOCOMMIT")
    event.listen(engine.sync_engine, "before_execute", _refuse_a_change)
    return engine


def _refuse_a_change(_: object, statement: object, *__: object) -> None:
    is_marked = isinstance(statement, Executable) and CHANGES in statement.get_execution_options()
    if isinstance(statement, UpdateBase) or is_marked:
        raise ChangedWhileReading(ChangedWhileReading.__doc__)


def _refuse_a_closed_one(_: DBAPIConnection, record: ConnectionPoolEntry, __: object) -> None:
    # The kernel has told us already when the server died: this costs nothing, while a ping costs a round trip
    # of every transaction and hangs with a frozen server.
    connection = record.driver_connection
    if isinstance(connection, Connection) and connection.is_closed():
        raise InvalidatePoolError
