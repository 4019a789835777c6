"""Sessions that ended while identities they vouched for may still be about."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flowkit.security.tokens import LEEWAY_S, LONGEST_IDENTITY_S

_MOST = 50_000


@dataclass(slots=True)
class RevokedSessions:
    """Remembered for as long as an identity can live; of too many, the longest known are forgotten first."""

    kept_s: float = LONGEST_IDENTITY_S + LEEWAY_S
    most: int = _MOST
    clock: Callable[[], float] = time.monotonic
    _until: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])

    def add(self, sessions: Iterable[str]) -> None:
        now = self.clock()
        for session in sessions:
            self._until[session] = now + self.kept_s
            self._until.move_to_end(session)
        while self._until and (len(self._until) > self.most or next(iter(self._until.values())) <= now):
            self._until.popitem(last=False)

    def __contains__(self, session: str) -> bool:
        return self._until.get(session, 0.0) > self.clock()

    def __len__(self) -> int:
        return len(self._until)
