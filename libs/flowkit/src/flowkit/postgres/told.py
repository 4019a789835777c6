"""Channels told of once a transaction is committed: whoever listens then looks for what it has written."""

import asyncio
from contextvars import Context
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_MARK: Final = "flowkit.told"
# It says nothing that must last: nobody waits for its fsync.
_NOTIFY = text("SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, '')")
_log = structlog.get_logger("flowkit.postgres")


def tell_once_committed(connection: AsyncConnection, channel: str) -> None:
    connection.info.setdefault(_MARK, set()).add(channel)


def told_on(connection: AsyncConnection) -> set[str]:
    """What is to be told of, and forgotten by that."""
    return connection.info.pop(_MARK, set())


class Afterwards:
    """Tells right after the commit and not as a part of it: PostgreSQL lets the commits that notify through one at a
    time, over all databases of a server, so that none of them shares an fsync with another.

    What is to be told while one is being told goes with the next. Whoever listens looks from time to time anyway.
    """

    def __init__(self, pool: AsyncEngine) -> None:
        self._pool = pool
        self._due: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    def tell(self, channels: set[str]) -> None:
        if not channels:
            return
        self._due |= channels
        if self._telling is None or self._telling.done():
            # An empty context: a request's trace ends with the request.
            self._telling = asyncio.get_running_loop().create_task(self._tell(), context=Context())

    async def quiet(self) -> None:
        if self._telling is not None:
            await self._telling

    async def _tell(self) -> None:
        while self._due:
            due, self._due = self._due, set()
            try:
                async with self._pool.connect() as connection:
                    for channel in due:
                        await connection.execute(_NOTIFY, {"channel": channel})
            except Exception as fault:  # noqa: BLE001  it is found without being told of, only later
                _log.debug("nobody could be told of what was committed", fault=type(fault).__name__)
