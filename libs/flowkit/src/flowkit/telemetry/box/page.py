"""A span's page in the black box of its process, written as things are said."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self
from weakref import ref

from flowkit.telemetry.box.entries import Begun, Ended, Entry, Lost, Noted, Said, Took, Value, written
from flowkit.telemetry.box.layout import Layout

# For the end of a span, and the word that something is lost.
_KEPT_FREE: Final = 384


@dataclass(frozen=True, slots=True)
class Paper:
    """What pages are written on: `lengths` says how much of each is. A word of it is set at one stroke, and after what
    it counts."""

    memory: memoryview
    lengths: memoryview
    first: int
    size: int

    @classmethod
    def of(cls, memory: memoryview, layout: Layout) -> Self:
        return cls(memory, memory[layout.lengths].cast("I"), layout.place(0), layout.slot)


class Page:
    """What does not fit is missing, and is said to be; writing never raises: the work that it tells of goes on."""

    __slots__ = ("_end", "_has_lost", "_lengths", "_memory", "_place", "_room", "_size", "is_open", "number", "span")

    def __init__(self, paper: Paper, number: int) -> None:
        self._memory, self._lengths, self._size = paper.memory, paper.lengths, paper.size
        self._room = self._size - _KEPT_FREE
        self._place = paper.first + number * paper.size
        self.number = number
        self._end = 0
        self._has_lost = False
        self.is_open = True
        self.span: ref[object] | None = None

    def begun(self, begun: Begun) -> bool:
        return self._has_put(begun, self._room)

    def said(self, sentence: str) -> None:
        self._write(Said(sentence, time.time_ns()))

    def took(self, step: int, ms: float) -> None:
        self._write(Took(step, ms))

    def noted(self, attributes: Mapping[str, Value], name: str | None = None) -> None:
        self._write(Noted(dict(attributes), name))

    def ended(self, ended: Ended) -> None:
        if not self._has_put(ended, self._size):
            self._lose()
            self._has_put(Ended(ended.at, ended.status), self._size)
        self.close()

    def close(self) -> None:
        """A flow may say more after its span has ended, when the place is somebody else's."""
        self.is_open = False

    def _write(self, entry: Entry) -> None:
        # Once one is lost so are all that come after it: a step is known by its place among them.
        if self.is_open and not (self._has_lost or self._has_put(entry, self._room)):
            self._lose()

    def _lose(self) -> None:
        if not self._has_lost:
            self._has_lost = True
            self._has_put(Lost(), self._size)

    def _has_put(self, entry: Entry, most: int) -> bool:
        try:
            data = written(entry)
            begin, end = self._end, self._end + len(data)
            if not self.is_open or end > most:
                return False
            self._memory[self._place + begin : self._place + end] = data
            self._lengths[self.number] = self._end = end
        except Exception:  # noqa: BLE001 - what cannot be written down, for whatever reason, is lost
            return False
        return True
