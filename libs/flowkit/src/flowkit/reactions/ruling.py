"""What is to become of a delivery: done, again in a while, or given up for good."""

import random
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Literal

from flowkit.bus import BusError
from flowkit.contract import ErrorCode, FlowError
from flowkit.reactions.given import Reason
from flowkit.reactions.options import ReactionOptions
from flowkit.telemetry import names

type Outcome = Literal["done", "duplicate", "again", "dead"]

# Nothing is wrong with the event: what it needs is away, or has too much to do.
_NOT_NOW: frozenset[ErrorCode] = frozenset(("SERVICE_UNAVAILABLE", "TIMEOUT", "TOO_MANY_REQUESTS", "BAD_GATEWAY"))
_MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Ruling:
    """`last_step` ends the chain of thought; `after` is for what is given again."""

    outcome: Outcome
    last_step: str
    after: float = 0.0
    reason: Reason | None = None

    @property
    def is_failure(self) -> bool:
        return self.outcome in ("again", "dead")


DONE: Final = Ruling("done", names.SUCCESS)
DUPLICATE: Final = Ruling("duplicate", names.SUCCESS)


@dataclass(frozen=True, slots=True)
class Judge:
    """Counts what failed by itself: the server counts as well how often an event was given while nothing could be
    done about it."""

    options: ReactionOptions
    _failures: OrderedDict[str, int] = field(default_factory=OrderedDict[str, int])

    def refuse(self, reason: Reason, fault: str) -> Ruling:
        return Ruling("dead", names.REJECTED + fault, reason=reason)

    def rule(self, fault: BaseException, event_id: str, delivered: int) -> Ruling:
        is_known = isinstance(fault, FlowError)
        last_step = names.REJECTED + fault.message if is_known else names.ERROR + type(fault).__name__
        is_out_of_patience = delivered >= self.options.patience
        if _is_not_now(fault):
            reason: Reason | None = "unavailable" if is_out_of_patience else None
        else:
            has_failed = self._count(event_id) >= self.options.attempts
            reason = "failed" if has_failed or is_out_of_patience else None
        if reason is not None:
            return Ruling("dead", last_step, reason=reason)
        return Ruling("again", last_step, after=self.pause(delivered))

    def is_abandoned(self, delivered: int) -> bool:
        """Given so often, and never heard of again: it may be what ends the processes that take it on."""
        return delivered > self.options.patience

    def pause(self, delivered: int) -> float:
        longest = self.options.longest_pause_s
        pause = min(longest, self.options.first_pause_s * 2 ** min(delivered - 1, 30))
        # What failed together is not to come back together.
        return pause * random.uniform(0.75, 1.25)  # noqa: S311  spreads work, keeps no secret

    def forget(self, event_id: str) -> None:
        self._failures.pop(event_id, None)

    def _count(self, event_id: str) -> int:
        failures = self._failures.pop(event_id, 0) + 1
        self._failures[event_id] = failures
        if len(self._failures) > _MOST_REMEMBERED:
            self._failures.popitem(last=False)
        return failures


def _is_not_now(fault: BaseException) -> bool:
    return isinstance(fault, BusError) or (isinstance(fault, FlowError) and fault.code in _NOT_NOW)
