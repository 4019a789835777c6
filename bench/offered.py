"""What became of a load: who was answered what, and how soon."""

from dataclasses import dataclass
from statistics import quantiles

LOST = 0
"""The status of a request nobody answered."""


@dataclass(frozen=True, slots=True)
class Answered:
    """`took` counts from when the request was due, so a load that runs late hides nothing. `due` is since it began."""

    status: int
    took: float
    due: float = 0.0


@dataclass(frozen=True, slots=True)
class Offered:
    """What became of a load."""

    answers: tuple[Answered, ...]
    seconds: float
    late: tuple[float, ...] = ()
    """How much later than it was due each request was sent: the load's own fault."""

    def between(self, start: float, end: float) -> "Offered":
        """The part that was due then."""
        answers = tuple(answer for answer in self.answers if start <= answer.due < end)
        return Offered(answers, end - start, self.late)

    @property
    def late_p99_ms(self) -> float:
        return quantiles(self.late, n=100)[98] * 1000 if len(self.late) > 1 else 0.0

    @property
    def goodput(self) -> float:
        return len(self.took(200)) / self.seconds

    @property
    def lost(self) -> int:
        return len(self.took(LOST))

    def took(self, *statuses: int) -> list[float]:
        return [answer.took for answer in self.answers if answer.status in statuses]

    def percentile_ms(self, percent: int, *statuses: int) -> float:
        took = self.took(*statuses)
        return quantiles(took, n=100)[percent - 1] * 1000 if len(took) > 1 else 0.0
