"""What happened lately: two counts over the last so many whole seconds."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Second:
    number: int = -1
    all: int = 0
    marked: int = 0


@dataclass(slots=True)
class Window:
    seconds: int
    clock: Callable[[], float]
    _ring: list[_Second] = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def count(self) -> None:
        self._now().all += 1

    def mark(self) -> None:
        self._now().marked += 1

    @property
    def totals(self) -> tuple[int, int]:
        """All, and how many marks."""
        oldest = int(self.clock()) - self.seconds
        recent = [each for each in self._ring if each.number > oldest]
        return sum(each.all for each in recent), sum(each.marked for each in recent)

    def forget(self) -> None:
        self._ring = [_Second() for _ in range(self.seconds)]

    def _now(self) -> _Second:
        number = int(self.clock())
        second = self._ring[number % self.seconds]
        if second.number != number:
            second.number, second.all, second.marked = number, 0, 0
        return second
