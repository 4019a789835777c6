"""How long the one has waited that waits longest. Who cannot look does not take it for nobody."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class LongestWait:
    """Looked for every so often; `missed_after` so many seconds it has not been."""

    missed_after: float
    _seen: float = 0.0
    _looked_at: float = field(default_factory=time.monotonic)
    """Until the first time, since when it should have been."""

    def saw(self, seconds: float) -> None:
        self._seen, self._looked_at = seconds, time.monotonic()

    @property
    def seconds(self) -> float:
        since = time.monotonic() - self._looked_at
        return self._seen if since < self.missed_after else self._seen + since
