"""What the person at the terminal hears of the cluster: its own words, trees, and whatever is alarming."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from flowctl.alarm import alarm
from flowctl.events.readers import actors
from flowctl.terminal import Terminal
from flowctl.tree import Forest, picture, read

TICK_S = 0.05
# More than a person can read; past it they are counted.
MOST_TREES_A_SECOND = 20


@dataclass(slots=True)
class Narrator:
    terminal: Terminal
    services: Collection[str]
    _forest: Forest = field(init=False)
    _telling: asyncio.Task[None] | None = field(default=None, init=False)
    _second: int = field(default=0, init=False)
    _shown: int = field(default=0, init=False)
    _passed_over: int = field(default=0, init=False)
    _failed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._forest = Forest(self.services, actors)

    async def __aenter__(self) -> Self:
        self._telling = asyncio.create_task(self._tell_of_trees(), name="telling of trees")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.wait([self._telling])
        self._show_grown()

    def line(self, process: str, line: bytes) -> None:
        told = read(line)
        if told is not None and told.is_a_branch:
            self._forest.add(told, time.monotonic())
        elif said := alarm(process, line):
            self.terminal.show(said)

    def tell(self, text: str) -> None:
        self.terminal.show(f"· {text}", "dim")

    async def _tell_of_trees(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._show_grown()

    def _show_grown(self) -> None:
        now = time.monotonic()
        self._begin_second(int(now))
        for tree in self._forest.grown(now):
            if self._shown < MOST_TREES_A_SECOND:
                self._shown += 1
                self.terminal.show(picture(tree, actors))
            else:
                self._passed_over += 1
                self._failed += tree.line.has_failed

    def _begin_second(self, second: int) -> None:
        if second == self._second:
            return
        if self._passed_over:
            self.terminal.show(f"  and {self._passed_over} more, {self._failed} of them failed", "dim")
        self._second, self._shown, self._passed_over, self._failed = second, 0, 0, 0
