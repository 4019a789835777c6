"""Being asked to stop: once politely, and by a second Ctrl-C at once."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

# A Ctrl-C at the terminal may reach us twice, from the terminal and from the `make` that started us.
ONE_CTRL_C_S = 0.5


class Stopping:
    """While entered, SIGINT, SIGTERM and SIGHUP ask to stop instead of ending the process."""

    def __init__(self, at_once: Callable[[], None]) -> None:
        self._at_once = at_once
        self._asked = asyncio.Event()
        self._asked_at = 0.0
        self._handled: list[signal.Signals] = []

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._ask)
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        self._handled = [signal.SIGTERM, signal.SIGINT]
        # `nohup` has a process ignore the end of its terminal; so be it.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self._ask)
            self._handled.append(signal.SIGHUP)
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, tb: TracebackType | None) -> None:
        for number in self._handled:
            asyncio.get_running_loop().remove_signal_handler(number)

    async def asked(self) -> None:
        await self._asked.wait()

    async def unless_asked(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether `work` was done; when asked to stop meanwhile it is broken off."""
        task, asked = asyncio.create_task(work), asyncio.create_task(self._asked.wait())
        await asyncio.wait([task, asked], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if self._asked.is_set():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return not task.cancelled() and task.result() is None

    def _interrupted(self) -> None:
        if self._asked.is_set() and time.monotonic() - self._asked_at > ONE_CTRL_C_S:
            self._at_once()
        self._ask()

    def _ask(self) -> None:
        if not self._asked.is_set():
            self._asked_at = time.monotonic()
            self._asked.set()
