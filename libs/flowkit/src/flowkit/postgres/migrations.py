"""A schema brought up to date: Alembic's revisions, applied once however many instances start together."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from flowkit.postgres.connection import Switchboard
from flowkit.postgres.engine import open_pool
from flowkit.postgres.errors import is_lost
from flowkit.postgres.options import PostgresOptions

LOCK = 0x666C6F77
"""Known to its own database alone, so every service may use the same number."""
LONGEST_S = 3600.0
LOCK_TIMEOUT_S = 10.0
POLL_S = 0.1
SAY_AGAIN_S = 5.0

_log = structlog.get_logger("flowkit.postgres")


@dataclass(frozen=True, slots=True)
class Schema:
    """What the tables should be, and the folder whose `versions/` lead there."""

    metadata: MetaData
    migrations: Path


async def apply(options: PostgresOptions, schema: Schema) -> None:
    """Wait for the database, then for our turn, then do what is missing."""
    async with _connected(options) as connection:
        await _take_turn(connection)
        await connection.run_sync(_upgrade, schema)


async def drift(options: PostgresOptions, schema: Schema) -> list[Any]:
    """What the migrations made of a database, against what the metadata says; nothing where they agree."""
    async with _connected(options) as connection:
        return await connection.run_sync(_differences, schema)


@asynccontextmanager
async def _connected(options: PostgresOptions) -> AsyncGenerator[AsyncConnection]:
    switchboard = Switchboard(options.farewell_timeout)
    engine = open_pool(_patient(options), switchboard, size=1)
    try:
        connection = await _first_connection(engine)
        async with aclosing(connection):
            yield connection
    finally:
        await engine.dispose()
        await switchboard.quiet()


def _patient(options: PostgresOptions) -> PostgresOptions:
    """A migration may take long. What it may not is wait long for a lock, with every request queued behind it."""
    return replace(
        options,
        statement_timeout=LONGEST_S,
        command_timeout=LONGEST_S + 1,
        idle_in_transaction_timeout=LONGEST_S,
        lock_timeout=LOCK_TIMEOUT_S,
    )


async def _first_connection(engine: AsyncEngine) -> AsyncConnection:
    said = float("-inf")
    while True:
        try:
            return await engine.connect().start()
        except Exception as fault:
            if not is_lost(fault):
                raise
            if time.monotonic() - said > SAY_AGAIN_S:
                said = time.monotonic()
                _log.warning("waiting for the database", fault=str(fault) or type(fault).__name__)
        await asyncio.sleep(POLL_S)


async def _take_turn(connection: AsyncConnection) -> None:
    # Asked again and again, not waited for in PostgreSQL: a statement that waits holds a snapshot, and
    # CREATE INDEX CONCURRENTLY waits for every snapshot. The lock ends with the connection, so with the process.
    while not await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
        await connection.commit()
        await asyncio.sleep(POLL_S)
    await connection.commit()


def _upgrade(connection: Connection, schema: Schema) -> None:
    script = ScriptDirectory(schema.migrations)
    have, want = MigrationContext.configure(connection).get_current_heads(), script.get_heads()
    connection.commit()
    if not set(have) <= {each.revision for each in script.walk_revisions()}:
        # An instance of an older release, restarted while a newer one is being rolled out.
        _log.warning("the database is newer than this service", revision=have, known=want)
        return

    def steps(revision: Any, _: Any) -> list[Any]:
        return script._upgrade_revs("head", revision)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as Alembic's manual says

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, transaction_per_migration=True)
        with environment.begin_transaction():
            environment.run_migrations()
    _log.info("the database is up to date", revision=want, was=have)


def _differences(connection: Connection, schema: Schema) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, schema.metadata))
