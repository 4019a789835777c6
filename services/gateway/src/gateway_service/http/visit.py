"""One request's stay in its route's lane."""

import time
from dataclasses import dataclass, field

from gateway_service.http.lane import Lane


@dataclass(slots=True)
class Visit:
    """What it waits for its own client does not count, neither as a place taken nor as time."""

    lane: Lane
    is_typical: bool = False
    """Whether the time it took tells how busy we are: once a flow has answered it."""
    _began: float = field(default_factory=time.monotonic)
    _aside_at: float = 0.0
    _alone: bool = False
    _inside: bool = True

    def __post_init__(self) -> None:
        self._alone = self.lane.enter()

    def step_aside(self) -> None:
        self.lane.leave()
        self._inside = False
        self._aside_at = time.monotonic()

    def step_back(self) -> None:
        self.lane.enter()
        self._inside = True
        self._began += time.monotonic() - self._aside_at

    def end(self) -> None:
        """When its answer begins, or it ends without one."""
        if self._inside:
            self._inside = False
            self.lane.leave()
            if self.is_typical:
                self.lane.took(time.monotonic() - self._began, alone=self._alone)
