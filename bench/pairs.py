"""Two sides measured in turn in one run, and told as a ratio: the machine's mood cancels out."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from statistics import median

from bench.wrk import Figures


@dataclass(frozen=True, slots=True)
class Side:
    name: str
    measure: Callable[[], Awaitable[Figures]]


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    runs: tuple[Figures, ...]

    @property
    def per_second(self) -> float:
        return median(run.per_second for run in self.runs)

    def row(self) -> str:
        rates = [run.per_second for run in self.runs]
        p50s, p99s = [run.p50_ms for run in self.runs], [run.p99_ms for run in self.runs]
        spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
        return f"| {self.name} | {self.per_second:,.0f} | {spread} | {median(p50s):.2f} | {median(p99s):.2f} |"


@dataclass(frozen=True, slots=True)
class Compared:
    title: str
    first: Measured
    second: Measured

    @property
    def ratio(self) -> float:
        """Of the medians."""
        return self.first.per_second / self.second.per_second

    def lines(self) -> Iterator[str]:
        ratios = [a.per_second / b.per_second for a, b in zip(self.first.runs, self.second.runs, strict=True)]
        yield f"**{self.title}: {self.ratio:.2f}** (rounds: {min(ratios):.2f} to {max(ratios):.2f})\n"
        yield "| side | requests/s, median | range | p50 ms | p99 ms |"
        yield "|---|---|---|---|---|"
        yield from (self.first.row(), self.second.row(), "")


async def alternate(title: str, first: Side, second: Side, rounds: int) -> Compared:
    """One uncounted run each to warm up, then turn by turn, each round beginning with the other side."""
    runs: dict[str, list[Figures]] = {first.name: [], second.name: []}
    for side in (first, second):
        await side.measure()
    for number in range(rounds):
        for side in (first, second) if number % 2 else (second, first):
            runs[side.name].append(await side.measure())
    sides = (Measured(side.name, tuple(runs[side.name])) for side in (first, second))
    return Compared(title, *sides)
