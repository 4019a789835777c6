"""What a watcher heard, and waiting for a word."""

import asyncio
import json
from collections.abc import Callable
from typing import Any


class Heard:
    def __init__(self) -> None:
        self.lines: list[tuple[str, bytes]] = []
        self.told: list[str] = []
        self._news = asyncio.Condition()
        self._telling = set[asyncio.Task[None]]()

    def line(self, process: str, line: bytes) -> None:
        self.lines.append((process, line))
        self._spread()

    def tell(self, text: str) -> None:
        self.told.append(text)
        self._spread()

    def last(self, process: str, event: str) -> dict[str, Any]:
        said = [json.loads(line) for name, line in self.lines if name == process]
        return [line for line in said if line["event"] == event][-1]

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(60), self._news:
            await self._news.wait_for(happened)

    def _spread(self) -> None:
        task = asyncio.ensure_future(self._notify())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()
