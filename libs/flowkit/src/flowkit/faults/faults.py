"""The faults in force in one process, kept as the bucket has them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from flowkit.faults.planned import PlannedFault, Unfit, decoded

_MOST = 100
_log = structlog.get_logger("flowkit.faults")


@dataclass(slots=True)
class Faults:
    chance: Callable[[], float] = random.random
    _planned: dict[str, PlannedFault] = field(default_factory=dict[str, PlannedFault])

    def take(self, key: str, value: bytes | None) -> None:
        """As the bucket says; what cannot be read is not in force, and what it replaces is not any more."""
        before = self._planned.pop(key, None)
        if value is None:
            if before is not None:
                _log.warning("fault cleared", key=key, flow=before.subject)
            return
        try:
            fault = decoded(value)
        except Unfit as unfit:
            _log.warning("planned fault ignored", key=key, reason=str(unfit))
            return
        if not fault.is_over and len(self._planned) < _MOST:
            self._planned[key] = fault
            if fault != before:
                _log.warning("fault in force", key=key, flow=fault.subject, effects=list(fault.effects))

    def forget(self) -> None:
        self._planned.clear()

    def of(self, subject: str) -> PlannedFault | None:
        """The fault that this request meets, by the exact subject's plan before a pattern's."""
        if not self._planned:
            return None
        self._planned = {key: fault for key, fault in self._planned.items() if not fault.is_over}
        striking = [fault for fault in self._planned.values() if fault.strikes(subject)]
        if not striking:
            return None
        fault = max(striking, key=lambda each: each.subject == subject)
        return fault if self.chance() < fault.probability else None
