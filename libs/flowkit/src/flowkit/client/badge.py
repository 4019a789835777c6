"""Proof of who this service is: had from auth over the subject that is its own, and renewed before it ends."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from flowkit.contract import FlowError, TimedOut, Unavailable
from flowkit.contract.badge import Badge

# Once half its time has gone a new one is asked for, beside whoever shows the one there is.
_RENEWED_AT = 0.5
# One that has no more than this left is not shown: it could run out on its way.
_TOO_LATE_S = 2.0
_ASK_AGAIN_S = 1.0
_log = structlog.get_logger("flowkit.client")


class Badges(Protocol):
    async def show(self, within: float) -> str:
        """Raises Unavailable or TimedOut where there is none to show."""
        ...

    def forget(self, refused: str) -> None:
        """This one was refused: the next that is shown is another."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    token: str = field(repr=False)
    renew_at: float
    until: float


@dataclass(slots=True)
class OwnBadge:
    """`ask` has auth make one."""

    ask: Callable[[], Awaitable[Badge]]
    clock: Callable[[], float] = time.monotonic
    _held: _Held | None = None
    _asking: asyncio.Task[None] | None = None
    _ask_again_at: float = field(default=float("-inf"))
    _forgot_at: float = field(default=float("-inf"))

    async def show(self, within: float) -> str:
        now = self.clock()
        if self._held is None or now >= self._held.until:
            return (await self._first(within)).token
        if now >= self._held.renew_at and now >= self._ask_again_at:
            self._asked()
        return self._held.token

    def forget(self, refused: str) -> None:
        now = self.clock()
        # One that replaced another just now, and is refused as well, would not be helped by yet another.
        if self._held is not None and self._held.token == refused and now - self._forgot_at > _ASK_AGAIN_S:
            self._held, self._forgot_at = None, now

    async def _first(self, within: float) -> _Held:
        try:
            async with asyncio.timeout(within):
                await asyncio.shield(self._asked())
        except TimeoutError:
            raise TimedOut from None
        except FlowError as fault:
            raise Unavailable from fault
        if self._held is None:
            raise Unavailable
        return self._held

    def _asked(self) -> asyncio.Task[None]:
        """One question however many wait; of its own, so that it carries nobody's trace or deadline."""
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._ask(), context=Context())
            self._asking.add_done_callback(_heed)
        return self._asking

    async def _ask(self) -> None:
        asked_at = self.clock()
        try:
            given = await self.ask()
            renew_at, until = asked_at + given.expires_in * _RENEWED_AT, asked_at + given.expires_in - _TOO_LATE_S
            self._held = _Held(given.token, renew_at, until)
        except FlowError as fault:
            self._ask_again_at = asked_at + _ASK_AGAIN_S
            _log.warning("this service's badge could not be had", error_code=fault.code)
            raise
        finally:
            self._asking = None


def _heed(asking: asyncio.Task[None]) -> None:
    """Whoever waited may be gone; its fault was logged where it happened."""
    if not asking.cancelled():
        asking.exception()
