"""Lines on their way out. Whoever writes one never waits for whoever reads it."""

import asyncio
import os
import select
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from queue import SimpleQueue
from threading import Thread

_BATCH = 256
# A thread that woke for every line would fight the event loop for the interpreter, thousands of times a second.
_GATHER_S = 0.01


class NotWritten(Exception):
    """Some lines were dropped."""


class LineWriter:
    """A thread of its own writes to the descriptor; lines past `most` waiting bytes are dropped and counted.

    Nothing here takes a lock: a finaliser that logs may run in the middle of `write`, in the same thread.
    """

    def __init__(self, descriptor: int, *, most: int = 8 * 1024 * 1024, notice: Callable[[int], bytes]) -> None:
        self._descriptor = descriptor
        self._most = most
        self._notice = notice
        self.dropped = 0
        self._noticed = 0
        self._closing = self._given_up = False
        self._begin()

    def write(self, line: bytes) -> None:
        if self._owner != os.getpid():
            self._begin()  # forked: the thread stayed behind in the parent
        if self._queued + len(line) > self._most or self._closing:
            self.dropped += 1
            return
        self._queued += len(line)
        self._taken += 1
        self._lines.append(line)
        if not self._awake:
            self._wake()

    @asynccontextmanager
    async def written(self) -> AsyncGenerator[None]:
        """Left once the lines that came before its end have left the process, where a kill cannot take them along.

        Raises NotWritten where some were dropped meanwhile.
        """
        dropped = self.dropped
        yield
        taken = self._taken
        while self._put < taken and self.dropped == dropped:  # noqa: ASYNC110  the writing thread takes no locks
            await asyncio.sleep(_GATHER_S / 2)
        if self.dropped != dropped:
            raise NotWritten

    def close(self, within: float = 1.0) -> None:
        """Write what is left; what nobody reads in that time is lost."""
        self._closing = True
        if self._thread is not None:
            self._bell.put(None)
            self._thread.join(within)
        self._given_up = True
        self.dropped += len(self._lines)
        self._lines.clear()

    def _begin(self) -> None:
        self._owner = os.getpid()
        self._lines: deque[bytes] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._thread: Thread | None = None
        self._queued = self._taken = self._put = 0
        self._awake = False

    def _wake(self) -> None:
        self._awake = True
        if self._thread is None:
            self._thread = Thread(target=self._run, name="log-lines", daemon=True)
            self._thread.start()
        self._bell.put(None)

    def _run(self) -> None:
        while True:
            self._bell.get()
            if not self._closing:
                time.sleep(_GATHER_S)
            self._awake = False  # before looking, so that a line which comes while we look rings again
            while batch := self._batch():
                self._put_out(batch)
            self._queued = 0
            if self._closing and not self._lines:
                return

    def _batch(self) -> list[bytes]:
        lines: list[bytes] = []
        with suppress(IndexError):
            while len(lines) < _BATCH:
                lines.append(self._lines.popleft())
        return lines

    def _put_out(self, lines: list[bytes]) -> None:
        taken = len(lines)
        if self.dropped > self._noticed:
            lines.append(self._notice(self.dropped - self._noticed))
            self._noticed = self.dropped
        data = b"".join(lines)
        try:
            self._write_all(data)
        except OSError:
            self.dropped += len(lines)  # nobody reads any more, or the disk is full; the next batch tries again
        self._put += taken
        self._queued -= len(data)

    def _write_all(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest and not self._given_up:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:
                # Whoever gave us this descriptor made it non-blocking, for themselves too.
                select.select((), (self._descriptor,), (), 1.0)
