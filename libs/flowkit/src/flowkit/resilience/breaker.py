"""A circuit breaker for one subject: what is dead or slow is left alone, but for a few trials now and then."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from flowkit.contract import CircuitOpen
from flowkit.resilience.ending import Ending
from flowkit.resilience.options import Clock, Options
from flowkit.resilience.window import Window

type Circuit = Literal["closed", "half open", "open"]
type Turned = Callable[[Circuit], None]


class Ended(Protocol):
    """An attempt that is over."""

    @property
    def ending(self) -> Ending: ...


@dataclass(slots=True)
class Breaker:
    """`turned` is told of every change, on the spot."""

    options: Options
    turned: Turned
    clock: Clock
    circuit: Circuit = "closed"
    _recent: Window = field(init=False)
    _era: int = 0
    _trial_at: float = 0.0
    _under_way: int = 0
    _succeeded: int = 0

    def __post_init__(self) -> None:
        self._recent = Window(self.options.window_s, self.clock)

    async def guard[Result: Ended](
        self, attempt: Callable[[], Awaitable[Result]], is_late: Callable[[], bool]
    ) -> Result:
        """The attempt's result, or CircuitOpen at once. A caller cut short by its own deadline has seen a failure."""
        era = self._admit()
        failed: bool | None = None
        try:
            result = await attempt()
            failed = result.ending.counts_against_the_callee if result.ending.is_known else None
        except asyncio.CancelledError:
            failed = True if is_late() else None
            raise
        finally:
            # What began in another era is no news in this one.
            if era == self._era:
                self._learn(failed=failed)
        return result

    def forget(self) -> None:
        """What was learned is of another time."""
        self._turn("closed")

    def _admit(self) -> int:
        if self.circuit == "open":
            wait = self._trial_at - self.clock()
            if wait > 0:
                raise CircuitOpen(retry_after=wait)
            self._turn("half open")
        if self.circuit == "half open":
            if self._under_way >= self.options.trials:
                raise CircuitOpen(retry_after=self.options.open_s)
            self._under_way += 1
        return self._era

    def _learn(self, *, failed: bool | None) -> None:
        if self.circuit == "half open":
            self._learn_from_a_trial(failed=failed)
        elif failed is not None:
            self._recent.count()
            if failed:
                self._recent.mark()
                self._open_if_most_fail()

    def _learn_from_a_trial(self, *, failed: bool | None) -> None:
        self._under_way -= 1
        if failed:
            self._open()
        elif failed is not None:
            self._succeeded += 1
            if self._succeeded >= self.options.trials:
                self._turn("closed")

    def _open_if_most_fail(self) -> None:
        """Judged at a failure alone: a success after an outage must not be what ends the answers."""
        attempts, failures = self._recent.totals
        if attempts >= self.options.least_attempts and failures >= attempts * self.options.opens_at:
            self._open()

    def _open(self) -> None:
        # Not all who gave up in one moment are to come back in one.
        spread = random.uniform(0.75, 1.25)  # noqa: S311  spreads callers, keeps no secret
        self._trial_at = self.clock() + self.options.open_s * spread
        self._turn("open")

    def _turn(self, circuit: Circuit) -> None:
        self._era += 1
        self._under_way = self._succeeded = 0
        if circuit == "closed":
            self._recent.forget()
        if circuit != self.circuit:
            self.circuit = circuit
            self.turned(circuit)
