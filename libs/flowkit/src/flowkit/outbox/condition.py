"""How a relay does: said when that changes, not each time it is found to be so."""

import random
import time
from dataclasses import dataclass
from typing import Final

import structlog

FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 2.0
_log = structlog.get_logger("flowkit.outbox")


@dataclass(slots=True)
class Condition:
    _trouble: str = ""
    _since: float = 0.0
    _wait: float = 0.0

    @property
    def is_well(self) -> bool:
        return not self._trouble

    def well(self) -> None:
        if self._trouble:
            _log.info("events leave the outbox again", after_s=round(time.monotonic() - self._since, 1))
            self._trouble, self._wait = "", 0.0

    def ill(self, waits_for: str, fault: Exception) -> None:
        trouble = f"{waits_for}: {type(fault).__name__}"
        if not self._trouble:
            self._since = time.monotonic()
        if trouble != self._trouble:
            _log.warning("events wait in the outbox", waits_for=waits_for, fault=str(fault) or type(fault).__name__)
        self._trouble = trouble
        self._wait = min(LONGEST_WAIT_S, self._wait * 2 or FIRST_WAIT_S)

    @property
    def pause(self) -> float:
        """Until the next try; several relays do not try in step."""
        return self._wait * random.uniform(0.75, 1.25)  # noqa: S311  nothing is guarded by it
