"""A service as a child process whose output is kept in a log and handed on line by line."""

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from flowkit.servers import Child

from flowctl.cluster.log_file import LogFile

CHUNK = 1 << 16
LONGEST_LINE = 1 << 20
# A grandchild may hold the pipe open; its words are not worth waiting for.
LAST_WORDS_S = 1.0


class Program(Protocol):
    """What can be kept running: a service, and the servers too."""

    @property
    def pid(self) -> int: ...
    async def start(self) -> None: ...
    async def wait(self) -> int: ...
    async def stop(self) -> int | None: ...
    def kill(self) -> None: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...


class NotRunning(Exception):
    """The process was not started yet."""


class ServiceProgram:
    def __init__(
        self,
        module: str,
        environ: Mapping[str, str],
        log: Path,
        on_line: Callable[[bytes], None],
        stop_within_s: float,
    ) -> None:
        self.environ = environ
        self._module = module
        self._log = log
        self._on_line = on_line
        self._stop_within_s = stop_within_s
        self._child: Child | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    async def start(self) -> None:
        self._child = await Child.spawn([sys.executable, "-m", self._module], environ=self.environ)
        self._reading = asyncio.create_task(self._read(self._child.output))

    async def wait(self) -> int:
        child, reading = self._running(), self._reading
        code = await child.wait()
        await _hear_last_words(reading)
        return code

    async def stop(self) -> int | None:
        if self._child is None:
            return None
        code = await self._child.end(signal.SIGTERM, self._stop_within_s)
        await _hear_last_words(self._reading)
        return code

    def terminate(self) -> None:
        self._running().send(signal.SIGTERM)

    def kill(self) -> None:
        self._running().kill()

    def freeze(self) -> None:
        self._running().freeze()

    def thaw(self) -> None:
        self._running().thaw()

    async def _read(self, output: asyncio.StreamReader) -> None:
        rest = b""
        with LogFile(self._log) as log:
            while chunk := await output.read(CHUNK):
                log.write(chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._on_line(line)
                rest = rest[:LONGEST_LINE]
        if rest:
            self._on_line(rest)

    def _running(self) -> Child:
        if self._child is None:
            raise NotRunning(self._module)
        return self._child


async def _hear_last_words(reading: asyncio.Task[None] | None) -> None:
    if reading is not None:
        await asyncio.wait([reading], timeout=LAST_WORDS_S)
        reading.cancel()
