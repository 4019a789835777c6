"""Signing in by password: throttled before it is hashed, and told no only after the same time, whatever the reason."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal

import structlog

from flowkit.contract import FlowError, TooManyRequests
from flowkit.security.lines import Lines
from flowkit.security.passwords import Passwords, Verdict
from flowkit.security.throttle import Reason, Throttle, Throttled, Ticket
from flowkit.security.visitors import Visitor

type Say = Callable[[str], AbstractContextManager[object]]
"""`call.step`"""
type Refused = Reason | Literal["wrong"]

_log = structlog.get_logger("flowkit.security")
# No more of one account's than there are threads to hash: a flood of one is no reason for others to wait.
_AT_ONCE = 2
_PATIENCE_S = 1.5


@dataclass(frozen=True, slots=True)
class Attempt:
    """`email` is as it was stored; of somebody unknown as it was given, and nothing is `stored`.

    Who is `barred` is refused whatever the password, and cannot be told from anybody else.
    """

    email: str
    password: str = field(repr=False)
    address: str
    stored: str | None = field(repr=False)
    barred: bool = False


def _uncounted(_: Refused) -> None:
    return None


@dataclass(frozen=True, slots=True)
class SigningIn:
    """`refusal` is the least time, in seconds, that a no takes: more than any stored hash needs."""

    passwords: Passwords
    throttle: Throttle
    refusal: float = 1.2
    count: Callable[[Refused], None] = _uncounted
    _lines: Lines = field(default_factory=lambda: Lines(_AT_ONCE, _PATIENCE_S))

    async def judge(self, attempt: Attempt, say: Say) -> Verdict:
        """Raises TooManyRequests for a try that comes too soon: nothing was hashed for it."""
        who = Visitor.of(attempt.email, attempt.address)
        try:
            async with self._lines.turn(who.account):
                verdict = await self._judge(who, attempt, say)
        except Throttled as throttled:
            self._tell(throttled, say)
            await self._hold(time.monotonic())
            raise TooManyRequests(retry_after=max(0.0, throttled.until - time.monotonic())) from throttled
        if not verdict.matches:
            self.count("wrong")
            await self._hold(verdict.began)
        return verdict

    async def renew(self, password: str, replace: Callable[[str], Awaitable[None]]) -> None:
        """Hand a hash of today's kind to `replace`. It can wait for the next login; this one need not fail for it."""
        try:
            await replace(await self.passwords.hash(password))
        except FlowError as fault:
            _log.warning("an old password hash was not replaced", error_code=fault.code)

    async def _judge(self, who: Visitor, attempt: Attempt, say: Say) -> Verdict:
        with say("Checking login throttle"):
            ticket = await self.throttle.reserve(who)
        with say("Verifying password"):
            return await self._verify(ticket, attempt)

    async def _verify(self, ticket: Ticket, attempt: Attempt) -> Verdict:
        try:
            verdict = await self._compare(attempt)
        except FlowError:
            await self.throttle.give_back(ticket)
            raise
        await (self.throttle.succeed if verdict.matches else self.throttle.fail)(ticket)
        return verdict

    async def _compare(self, attempt: Attempt) -> Verdict:
        if attempt.stored is None:
            return await self.passwords.verify_unknown(attempt.password)
        verdict = await self.passwords.verify(attempt.password, attempt.stored)
        return verdict.denied() if attempt.barred else verdict

    def _tell(self, throttled: Throttled, say: Say) -> None:
        self.count(throttled.reason)
        which = "account" if throttled.reason == "throttled_account" else "address"
        say(f"Too many tries: this {which} has to wait")

    async def _hold(self, began: float) -> None:
        left = began + self.refusal - time.monotonic()
        if left < 0 < self.refusal:
            _log.warning("a refusal took longer than all should", seconds=round(self.refusal - left, 3))
        await asyncio.sleep(left)
