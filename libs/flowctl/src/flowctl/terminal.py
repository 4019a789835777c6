"""The terminal, written to by a thread of its own: one that does not take our words must not hold up the cluster."""

import os
import queue
import sys
import threading

from rich.console import Console
from rich.text import Text

MOST_WAITING = 2_000
CLOSE_WITHIN_S = 1.0


class Terminal:
    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._waiting = queue.Queue[Text | None](MOST_WAITING)
        self._writer = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._writer.start()
        self.dropped = 0

    def show(self, text: Text | str, style: str = "") -> None:
        try:
            self._waiting.put_nowait(Text(text, style) if isinstance(text, str) else text)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Give what waits a moment to be written."""
        try:
            self._waiting.put(None, timeout=CLOSE_WITHIN_S)
        except queue.Full:
            return
        self._writer.join(CLOSE_WITHIN_S)

    def _write(self) -> None:
        while (text := self._waiting.get()) is not None:
            try:
                self._console.print(text)
            except OSError:
                _write_to_nowhere()


def _write_to_nowhere() -> None:
    """Whoever read us is gone; the cluster runs on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
