"""Time that passes when a test says so."""

from dataclasses import dataclass


@dataclass(slots=True)
class Time:
    now: float = 1000.0

    def clock(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds
