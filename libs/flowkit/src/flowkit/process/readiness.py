"""Whether this process should be sent work, and which part keeps it from being ready."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Literal

Condition = Literal["up", "down"]
type Check = Callable[[], Awaitable[object]]
"""Returns when the part is well, raises when it is not."""

_FRESH_S = 0.25


@dataclass(slots=True)
class Readiness:
    """Checks run at most four times a second once it serves, however many ask, and none twice at a time."""

    checks: dict[str, Check] = field(default_factory=dict[str, Check])
    is_serving: bool = False
    is_stopping: bool = False
    patience: float = 1.0
    """How many seconds a check may take."""
    seen: Mapping[str, Condition] = field(default_factory=dict[str, Condition])
    _seen_at: float = float("-inf")
    _look: asyncio.Task[None] | None = None
    _running: dict[str, asyncio.Task[bool]] = field(default_factory=dict[str, asyncio.Task[bool]])

    def serve(self) -> None:
        # A look from before, at parts still being opened, would call the newcomer ill to whoever asks it first.
        self.is_serving, self._seen_at = True, float("-inf")

    def stop(self) -> None:
        self.is_stopping = True

    async def conditions(self) -> Mapping[str, Condition]:
        if self._look is None and not self._is_fresh:
            # In a context of its own: the first to ask may be a request, and its trace is no one else's.
            self._look = asyncio.get_running_loop().create_task(self._look_around(), context=Context())
        if self._look is not None:
            await asyncio.shield(self._look)
        return self.seen

    @property
    def _is_fresh(self) -> bool:
        return self.is_serving and time.monotonic() - self._seen_at <= _FRESH_S

    async def is_ready(self) -> bool:
        well = "down" not in (await self.conditions()).values()
        return well and self.is_serving and not self.is_stopping

    async def _look_around(self) -> None:
        try:
            # A check that hangs, deaf to its cancellation, is down and is not asked again until it ends.
            stuck = {name for name, task in self._running.items() if not task.done()}
            asked = {name: asyncio.ensure_future(_is_well(self.checks[name])) for name in self.checks.keys() - stuck}
            self._running.update(asked)
            if asked:
                _, late = await asyncio.wait(asked.values(), timeout=self.patience)
                for task in late:
                    task.cancel()
            self.seen = {name: self._condition(name) for name in self._running}
            # A check that was added meanwhile has not been made: what was seen is told, but not kept.
            self._seen_at = time.monotonic() if self._running.keys() == self.checks.keys() else float("-inf")
        finally:
            self._look = None

    def _condition(self, name: str) -> Condition:
        task = self._running[name]
        return "up" if task.done() and not task.cancelled() and task.result() else "down"


async def _is_well(check: Check) -> bool:
    try:
        await check()
    except Exception:  # noqa: BLE001 - whatever it raised, the part is not well
        return False
    return True
