"""Trying again: as often as it may help, as little as it may hurt."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import NoneType

from msgspec import UNSET

from flowkit.bus import ConnectionLost, Denied, Disconnected, ReplyLate
from flowkit.call import Call
from flowkit.contract import CircuitOpen, FlowError
from flowkit.resilience import Callee, Ending
from flowkit.wire.deadline import Deadline
from flowkit.wire.envelope import Answer


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that is over: with an answer, be it an error's, or with none that could be had."""

    ending: Ending
    answer: Answer | None = None
    fault: FlowError | None = None

    @classmethod
    def answered(cls, answer: Answer) -> "Tried":
        code = None if answer.error_code is UNSET else answer.error_code
        return cls(Ending(code, answer.retry_after, answer.turned_away, answer.final), answer=answer)

    @classmethod
    def failed(cls, fault: FlowError, *, heard: bool) -> "Tried":
        """Where nothing was sent, or nothing at all was heard meanwhile, that says nothing about the callee."""
        match fault.__cause__:
            case None | Denied() | Disconnected() | ConnectionLost():
                is_known = False
            case ReplyLate():
                is_known = heard
            case _:
                is_known = True
        # Of our own making: not let in, or out of time.
        is_final = isinstance(fault.__cause__, (Denied, NoneType))
        return cls(Ending(fault.code, fault.retry_after, final=is_final, is_known=is_known), fault=fault)

    def settled(self) -> Answer:
        """Raises where there is no answer: by then whoever called has tried all there is to try."""
        if self.answer is not None:
            return self.answer
        assert self.fault is not None  # noqa: S101 - an attempt ends one way or the other
        self.fault.is_final = True
        raise self.fault


@dataclass(frozen=True, slots=True)
class Persistence:
    callee: Callee
    deadline: Deadline
    call: Call | None
    retry_safe: bool

    async def pursue(self, attempt: Callable[[int], Awaitable[Tried]]) -> Tried:
        number = 1
        while True:
            tried = await self._guarded(number, attempt)
            pause = self.callee.pause(tried.ending, number, self.deadline.left, retry_safe=self.retry_safe)
            if pause is None:
                return tried
            await self._wait(pause)
            number += 1
            self._say(f"Asking {self.callee.subject} again")

    async def _guarded(self, number: int, attempt: Callable[[int], Awaitable[Tried]]) -> Tried:
        async def admitted() -> Tried:
            self.callee.begin(number)
            return await attempt(number)

        try:
            return await self.callee.breaker.guard(admitted, lambda: self.deadline.passed)
        except CircuitOpen as fault:
            self.callee.metrics.refused.inc()
            self._say(f"Circuit open for {self.callee.subject}")
            fault.is_final = True
            raise

    async def _wait(self, seconds: float) -> None:
        if self.call is None:
            await asyncio.sleep(seconds)
            return
        async with self.call.aside():
            await asyncio.sleep(seconds)

    def _say(self, sentence: str) -> None:
        if self.call is not None:
            self.call.step(sentence)
