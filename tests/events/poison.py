"""Events that nobody can act on, told among others that all can, and how long those others take."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from statistics import median, quantiles
from typing import Any, Final

import msgspec
from flowkit.call import Call
from flowkit.reactions import ReactionOptions, Reason
from flowkit.wire import headers

from tests.heap import an_empty_heap

from .notes import KeepNote, Noted, Transaction, noted
from .way import Told, Way

COUNT = int(os.environ.get("POISON_EVENTS", "400"))
IS_LONG = COUNT >= 2000
ROUNDS = int(os.environ.get("POISON_ROUNDS", "5" if IS_LONG else "1"))
PER_SECOND: Final = 100
ONE_IN: Final = 100
OPTIONS = ReactionOptions() if IS_LONG else replace(ReactionOptions(), first_pause_s=0.1)
MISSHAPEN, GARBLED, FROM_TOMORROW, FAILING = "misshapen", "garbled", "from tomorrow", "failing"
KINDS: Final[dict[str, Reason]] = {
    FAILING: "failed",
    MISSHAPEN: "undecodable",
    GARBLED: "undecodable",
    FROM_TOMORROW: "wrong_version",
}
"""And for what each is put aside; first what is tried for so long that most of the others are told meanwhile."""

# In the short form few are told, so it looks at what is less rare, and not at differences of milliseconds. What else
# the machine does may slow one of its rounds; poison that keeps others waiting slows each.
_LOOSELY: Final = 6
_STRICTLY: Final = 2
_LEAST_S: Final = 0.05
_MOST_ROUNDS: Final = 3


class Broken(Exception):
    pass


@dataclass(frozen=True, slots=True)
class KeepSoundNote:
    async def run(self, event: Noted, call: Call, tx: Transaction) -> None:
        await KeepNote().run(event, call, tx)
        if FAILING in event.note:
            raise Broken


def spoiled(kind: str, note: str) -> dict[str, Any]:
    changes: dict[str, dict[str, Any]] = {
        MISSHAPEN: {"body": msgspec.json.encode({"note": [note]})},
        GARBLED: {"body": b"\xff{"},
        FROM_TOMORROW: {"told": {headers.EVENT_VERSION: "2"}},
    }
    return changes.get(kind, {})


@dataclass(frozen=True, slots=True)
class Round:
    """What the sound ones took, in seconds, beside poison and without it."""

    beside: list[float]
    without: list[float]

    @property
    def ratio(self) -> float:
        """Of p99."""
        return percentile(self.beside, 99) / percentile(self.without, 99)

    @property
    def loose_ratio(self) -> float:
        return percentile(self.beside, 95) / max(_LEAST_S, percentile(self.without, 95))


def percentile(took: list[float], percent: int) -> float:
    return quantiles(took, n=100)[percent - 1]


def _ms(took: list[float]) -> str:
    return f"{percentile(took, 99) * 1000:.0f}"


@dataclass(slots=True)
class Telling:
    way: Way
    poisoned: dict[str, list[Told]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    sound: list[Told] = field(default_factory=list[Told])
    rounds: list[Round] = field(default_factory=list[Round])

    @property
    def is_over(self) -> bool:
        return len(self.rounds) >= ROUNDS and (IS_LONG or self.keeps_nobody_waiting or len(self.rounds) >= _MOST_ROUNDS)

    @property
    def keeps_nobody_waiting(self) -> bool:
        if IS_LONG:
            return median(each.ratio for each in self.rounds) <= _STRICTLY
        return min(each.loose_ratio for each in self.rounds) <= _LOOSELY

    async def both(self) -> None:
        """Which comes first changes."""
        number = len(self.rounds)
        order = (True, False) if number % 2 == 0 else (False, True)
        took: dict[bool, list[float]] = {}
        for is_poisoned in order:
            with an_empty_heap():
                took[is_poisoned] = await self._took(number, is_poisoned)
        self.rounds.append(Round(took[True], took[False]))

    async def _took(self, number: int, is_poisoned: bool) -> list[float]:
        """From when each was due, however those before it fare: what holds up the telling counts as well."""
        due: dict[str, float] = {}
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for n in range(COUNT):
                at = began + n / PER_SECOND
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
                kind = tuple(KINDS)[n // ONE_IN % len(KINDS)] if is_poisoned and n % ONE_IN == ONE_IN // 2 else ""
                note = f"{number}-{is_poisoned}-{n:05}-{kind or 'sound'}"
                group.create_task(self._tell(note, kind))
                if not kind:
                    due[note] = at
                self.way.spans.clear()
        await self.way.finished()
        return [self.way.done_at[note] - at for note, at in due.items()]

    async def _tell(self, note: str, kind: str) -> None:
        told = await self.way.tell(note, **spoiled(kind, note))
        (self.poisoned[kind] if kind else self.sound).append(told)

    @property
    def every_poisoned(self) -> dict[str, tuple[str, Told]]:
        return {told.event_id: (kind, told) for kind in KINDS for told in self.poisoned[kind]}

    @property
    def figure(self) -> str:
        of_each = ", ".join(f"{len(told)} {kind}" for kind, told in self.poisoned.items())
        p99s = ", ".join(f"{_ms(each.beside)} / {_ms(each.without)} = {each.ratio:.2f}" for each in self.rounds)
        return (
            f"{len(self.rounds)} x {COUNT} events at {PER_SECOND} a second, of them {of_each}: each put aside once; "
            f"p99 of the others beside poison / without, in ms: {p99s} "
            f"(median {median(each.ratio for each in self.rounds):.2f}; "
            f"p95, of the calmest: {min(each.loose_ratio for each in self.rounds):.2f})"
        )


@asynccontextmanager
async def told_both_ways(way: Way) -> AsyncGenerator[Telling]:
    telling = Telling(way)
    async with way.relayed():
        async with way.acted_on(noted, KeepSoundNote(), OPTIONS):
            while not telling.is_over:
                await telling.both()
        yield telling
