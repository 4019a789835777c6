"""What nats-server and PostgreSQL have in common: a home folder, one child process, a port that stays the same."""

import asyncio
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from flowkit.servers.child import Child
from flowkit.servers.errors import PortTaken, ServerNotStarted
from flowkit.servers.lock import Lock
from flowkit.servers.ports import is_free, remembered_port

READY_WITHIN_S = 30.0
POLL_S = 0.01
ATTEMPTS = 5


class Server(ABC):
    """A server as a child process of ours; `start` after `kill` or `stop` brings it back on the same port."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    stop_within_s: ClassVar[float] = 5.0

    def __init__(self, home: Path, *, port: int | None = None) -> None:
        self.home = home
        self.log = home / f"{self.name}.log"
        self._asked_port = port
        self._port: int | None = None
        self._lock = Lock(home / "lock")
        self._child: Child | None = None

    @property
    def port(self) -> int:
        if self._port is None:
            raise ServerNotStarted(self.name, "was not started", self.log)
        return self._port

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find it."""

    async def start(self) -> None:
        """Return when it takes connections."""
        if self.is_running:
            return
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.take()
        try:
            await self._prepare()
            await self._start_on_a_port()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> int | None:
        """Its exit code, where it had been started."""
        code = None if self._child is None else await self._child.end(self.stop_signal, self.stop_within_s)
        self._lock.release()
        return code

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def wait(self) -> int:
        """Return when it has ended, with its exit code."""
        return await self._running().wait()

    def kill(self) -> None:
        """End it as a crash would: SIGKILL, its children with it."""
        self._running().kill()

    def freeze(self) -> None:
        self._running().freeze()

    def thaw(self) -> None:
        self._running().thaw()

    async def _start_on_a_port(self) -> None:
        fixed = self._asked_port or self._port
        for left in reversed(range(ATTEMPTS)):
            self._port = fixed or remembered_port(self.home / f"{self.name}.port")
            try:
                await self._launch()
            except PortTaken:
                if fixed or not left:
                    raise
            else:
                return

    async def _launch(self) -> None:
        self._child = await self._spawn()
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not await self._is_ready():
                    if not self._child.is_running:
                        raise self._ended()
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise ServerNotStarted(self.name, f"was not ready within {READY_WITHIN_S:g} s", self.log) from None

    def _ended(self) -> ServerNotStarted:
        if not is_free(self.port):
            return PortTaken(self.name, f"could not listen: port {self.port} is taken", self.log)
        return ServerNotStarted(self.name, "ended before it was ready", self.log)

    def _running(self) -> Child:
        if self._child is None:
            raise ServerNotStarted(self.name, "was not started", self.log)
        return self._child

    @abstractmethod
    async def _prepare(self) -> None:
        """Make the home ready for a start: files there, leftovers gone."""

    @abstractmethod
    async def _spawn(self) -> Child: ...

    @abstractmethod
    async def _is_ready(self) -> bool: ...


def bare_environment() -> Mapping[str, str]:
    """No more than a server needs; what else is in ours may be secret."""
    return {name: os.environ[name] for name in ("PATH", "TMPDIR", "TZ") if name in os.environ}
