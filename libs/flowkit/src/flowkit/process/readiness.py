"""Whether this process should be sent work, and which part keeps it from being ready."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Condition = Literal["up", "down"]
type Check = Callable[[], Awaitable[object]]
"""Returns when the part is well, raises when it is not."""

_CHECK_TIMEOUT_S = 1.0
_FRESH_S = 0.25


@dataclass(slots=True)
class Readiness:
    """Checks run at most four times a second, however many ask."""

    checks: dict[str, Check] = field(default_factory=dict[str, Check])
    is_serving: bool = False
    is_stopping: bool = False
    seen: dict[str, Condition] = field(default_factory=dict[str, Condition])
    _seen_at: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def serve(self) -> None:
        self.is_serving = True

    def stop(self) -> None:
        self.is_stopping = True

    async def conditions(self) -> Mapping[str, Condition]:
        async with self._looking:
            if time.monotonic() - self._seen_at > _FRESH_S:
                found = await asyncio.gather(*(_condition(check) for check in self.checks.values()))
                self.seen = dict(zip(self.checks, found, strict=True))
                self._seen_at = time.monotonic()
        return self.seen

    async def is_ready(self) -> bool:
        return self.is_serving and not self.is_stopping and "down" not in (await self.conditions()).values()


async def _condition(check: Check) -> Condition:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            await check()
    except Exception:  # noqa: BLE001 - whatever it raised, the part is not well
        return "down"
    return "up"
