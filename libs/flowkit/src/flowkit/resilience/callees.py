"""Everyone a caller calls, by subject: how they do, and how often they may be asked again."""

import random
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from flowkit.resilience.breaker import Breaker, Circuit
from flowkit.resilience.budget import RetryBudget
from flowkit.resilience.ending import Ending
from flowkit.resilience.options import Clock, Options
from flowkit.telemetry import names
from flowkit.telemetry.instruments import CallMetrics
from flowkit.telemetry.metrics import Metrics

_FIGURES: dict[Circuit, int] = {"closed": 0, "half open": 1, "open": 2}
# Less than this is no time to answer in.
_LEAST_LEFT_S = 0.01
# Another instance may have room; there is nothing to wait for.
_AT_ONCE_S = 0.005
_log = structlog.get_logger("flowkit.client")


class Callee:
    """One subject."""

    def __init__(self, subject: str, options: Options, metrics: CallMetrics, clock: Clock) -> None:
        self.subject = subject
        self.metrics = metrics
        self.breaker = Breaker(options, self._turned, clock)
        self._options = options
        self._budget = RetryBudget(options, clock)

    def begin(self, attempt: int) -> None:
        if attempt == 1:
            self._budget.count()
            self.metrics.first.inc()
        else:
            self.metrics.again.inc()

    def pause(self, ending: Ending, attempt: int, left: float, *, retry_safe: bool) -> float | None:
        """How long to wait before the next attempt; None where there is to be none."""
        if attempt >= self._options.attempts or not ending.may_be_tried_again(retry_safe=retry_safe):
            return None
        longest = min(self._options.shortest_pause * 2 ** (attempt - 1), self._options.longest_pause)
        if ending.turned_away:
            longest = _AT_ONCE_S if attempt == 1 else 0
        # All of the pause is random: those who failed together shall not come back together.
        pause = (ending.retry_after or 0) + random.uniform(0, longest)  # noqa: S311  spreads callers, keeps no secret
        if longest == 0 or pause + _LEAST_LEFT_S > left:
            return None
        if not self._budget.spend():
            self.metrics.denied.inc()
            return None
        return pause

    def _turned(self, circuit: Circuit) -> None:
        self.metrics.circuit.set(_FIGURES[circuit])
        tell = _log.warning if circuit == "open" else _log.info
        tell(names.CIRCUIT_TURNED, flow=self.subject, circuit=circuit)


@dataclass(slots=True)
class Callees:
    metrics: Metrics = field(default_factory=lambda: Metrics(""))
    options: Options = field(default_factory=Options)
    clock: Clock = time.monotonic
    _known: dict[str, Callee] = field(default_factory=dict[str, Callee])

    def of(self, subject: str) -> Callee:
        known = self._known.get(subject)
        if known is None:
            known = self._known[subject] = Callee(subject, self.options, self.metrics.calls(subject), self.clock)
        return known

    @property
    def circuits(self) -> Mapping[str, Circuit]:
        """By subject, those called so far."""
        return {subject: callee.breaker.circuit for subject, callee in sorted(self._known.items())}

    def forget(self, subjects: Iterable[str] | None = None) -> None:
        """Give them another chance now: whoever serves them has just come, or our own connection has."""
        for subject in self._known if subjects is None else subjects:
            callee = self._known.get(subject)
            if callee is not None:
                callee.breaker.forget()
