"""Granian inside this process: started on our socket, stopped without losing a request."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, cast, final, override

import structlog
from granian import net
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server
from litestar.types import ASGIApp

from gateway_service.http.traffic import Traffic
from gateway_service.server.descriptors import raise_limit
from gateway_service.server.listener import BACKLOG, Listener
from gateway_service.server.watch import Patience, Watch

# Longer than balancers keep an idle connection (60 s), so that it is they who end it.
_IDLE_MS = 75_000
# Of each connection, in each direction: more than the largest head we answer ourselves.
_BUFFER = 128 * 1024
# Who has connected is heard within this.
_SETTLING_S = 0.05
# What is answered is written within this; a connection that never finished its request is not waited for.
_WRITING_S = 1.0
_QUIET: dict[str, Any] = {"incremental": True, "handlers": {}, "formatters": {}, "loggers": {"_granian": {}}}
_log = structlog.get_logger("gateway")


class ServerDied(Exception):
    """The HTTP server ended without being told to."""


@dataclass(slots=True)
class HttpServer:
    app: ASGIApp
    listener: Listener
    traffic: Traffic
    on_death: Callable[[], object]
    patience: Patience = field(default_factory=lambda: Patience(asking=15.0, reading=20.0))
    _granian: "_Granian" = field(init=False)
    _serving: asyncio.Task[None] = field(init=False)
    _watching: asyncio.Task[None] | None = None
    _told: bool = False

    async def __aenter__(self) -> Self:
        most = raise_limit()
        self._granian = _Granian(self.app, self.listener, most)
        # In an empty context, which is what every request's own is copied from.
        self._serving = asyncio.get_running_loop().create_task(self._granian.serve(), context=Context())
        self._serving.add_done_callback(self._ended)
        if sys.platform == "linux":
            watch = Watch(self.listener.port, self.patience, most)
            self._watching = asyncio.get_running_loop().create_task(watch.run(), context=Context())
        _log.info("listening", port=self.listener.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._stop()
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.wait({self._serving}, timeout=_WRITING_S)

    async def drain(self, grace: float) -> None:
        """Answers end their connections for a while, so that clients go elsewhere; then nobody new is let in."""
        if self._serving.done():
            raise ServerDied
        self.traffic.draining = True
        await asyncio.sleep(grace)
        self.listener.turn_newcomers_away()
        await asyncio.sleep(_SETTLING_S)
        self._stop()

    async def finish(self) -> None:
        """What is under way is answered."""
        await self.traffic.ebb()
        await asyncio.wait({self._serving}, timeout=_WRITING_S)

    def _stop(self) -> None:
        self._told = True
        self._granian.stop()
        self.listener.close()

    def _ended(self, serving: asyncio.Task[None]) -> None:
        if not self._told:
            _log.critical("the HTTP server died", exc_info=None if serving.cancelled() else serving.exception())
            self.on_death()


@final
class _Granian(Server):
    def __init__(self, app: ASGIApp, listener: Listener, most: int) -> None:
        self._listener = listener
        super().__init__(
            app,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backpressure=most,
            http1_settings=HTTP1Settings(header_read_timeout=_IDLE_MS, max_buffer_size=_BUFFER),
            log_level=LogLevels.error,
            log_dictconfig=_QUIET,
        )

    @override
    def _init_shared_socket(self) -> None:
        # Granian closes what it is given: it gets a descriptor of its own for the same socket.
        descriptor = os.dup(self._listener.socket.fileno())
        described = (descriptor, False, BACKLOG) if sys.platform == "linux" else (descriptor, False)
        self._shd = cast("Any", net).SocketHolder(*described)
