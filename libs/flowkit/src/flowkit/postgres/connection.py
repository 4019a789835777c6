"""One asyncpg connection that leaves off its caller's path, and notices a server that is gone."""

# asyncpg ships no types:
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from contextvars import Context
from typing import Any, override

import asyncpg

from flowkit.postgres.options import PostgresOptions

KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPALIVE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}
"""Where the platform has the option; TCP_KEEPALIVE is what macOS calls TCP_KEEPIDLE."""


class SwallowedError(RuntimeError):
    """The transaction went on after one of its statements had failed; PostgreSQL can only roll it back."""


class Switchboard:
    """Connections on their way in and out. Each takes its time; whoever hangs up in the middle need not wait for it."""

    def __init__(self, within: float) -> None:
        self._within = within
        self._tasks: set[asyncio.Task[Any]] = set()

    def hang_up(self, connection: "Connection") -> None:
        self._own(connection.leave(self._within))

    async def reach(self, dialing: Coroutine[Any, Any, "Connection"]) -> "Connection":
        """The connection being dialled. It is not cut short with its caller: asyncpg leaves loose ends when it is."""
        task = self._own(dialing)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._leave_unused)
            raise

    def _leave_unused(self, dialled: asyncio.Task["Connection"]) -> None:
        if not dialled.cancelled() and dialled.exception() is None:
            self.hang_up(dialled.result())

    def _own[Result](self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        # An empty context: a request's trace ends with the request.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def quiet(self) -> None:
        """Until nobody is on their way any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)


class Connection(asyncpg.Connection):
    switchboard: Switchboard

    @override
    async def close(self, *, timeout: float | None = None) -> None:
        # SQLAlchemy waits for this in the caller whose request was cancelled or ran out of time.
        self.switchboard.hang_up(self)

    async def leave(self, within: float) -> None:
        with contextlib.suppress(Exception):
            await super().close(timeout=within)

    @override
    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:
        outcome: str = await super().execute(query, *args, timeout=timeout)
        if outcome == "ROLLBACK" and query.startswith("COMMIT"):
            raise SwallowedError(SwallowedError.__doc__)
        return outcome

    def notice_silence(self) -> None:
        transport: asyncio.BaseTransport = self._transport
        sock: socket.socket = transport.get_extra_info("socket")
        if sock.family == socket.AF_UNIX:
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def dial(options: PostgresOptions, switchboard: Switchboard) -> Connection:
    connection = await switchboard.reach(_dial(options))
    connection.switchboard = switchboard
    return connection


async def _dial(options: PostgresOptions) -> Connection:
    connection: Connection = await asyncpg.connect(
        options.dsn,
        timeout=options.connect_timeout,  # pyright: ignore[reportArgumentType]  # inferred from its default, 60
        command_timeout=options.command_timeout,
        server_settings=options.server_settings,
        connection_class=Connection,
    )
    connection.notice_silence()
    return connection
