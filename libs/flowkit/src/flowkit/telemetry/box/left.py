"""What a dead process left in its black box: its spans, as far as it came to tell of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from flowkit.telemetry.box.entries import Begun, Ended, Entry, Lost, Noted, Said, Took, Unreadable, Value, read
from flowkit.telemetry.box.layout import Foreign, Layout, Owner, this_boot

_LONGEST_MS: Final = 1e9
_NS_PER_MS: Final = 1e6


@dataclass(slots=True)
class Step:
    sentence: str
    at: int
    ms: float | None = None

    @property
    def last(self) -> int:
        return self.at + int((self.ms or 0.0) * _NS_PER_MS)


@dataclass(slots=True)
class Left:
    """A span: ended, or cut off in the midst of its work."""

    begun: Begun
    name: str
    attributes: dict[str, Value]
    steps: list[Step] = field(default_factory=list[Step])
    ended: Ended | None = None
    has_lost: bool = False

    @classmethod
    def of(cls, entries: list[Entry]) -> Self:
        """Raises Unreadable."""
        if not entries or not isinstance(entries[0], Begun):
            raise Unreadable("it does not begin")
        begun = entries[0]
        left = cls(begun, begun.name, dict(begun.attributes))
        for entry in entries[1:]:
            left._add(entry)
        return left

    @property
    def last(self) -> int:
        """When it ended; the last that is known of it, where it did not."""
        if self.ended is not None:
            return self.ended.at
        return max(self.begun.at, *(step.last for step in self.steps), 0)

    @property
    def moment(self) -> datetime:
        """The last that is known of it; now, where that is a time no calendar has."""
        try:
            return datetime.fromtimestamp(self.last / 1e9, UTC)
        except (ValueError, OverflowError, OSError):
            return datetime.now(UTC)

    @property
    def ms(self) -> float:
        return max(0, self.last - self.begun.at) / _NS_PER_MS

    @property
    def doing(self) -> str:
        """The last it said."""
        return self.steps[-1].sentence if self.steps else self.name

    def _add(self, entry: Entry) -> None:
        match entry:
            case Said():
                self.steps.append(Step(entry.sentence, entry.at))
            case Took() if entry.step < len(self.steps) and 0 <= entry.ms <= _LONGEST_MS:
                self.steps[entry.step].ms = entry.ms
            case Noted() | Ended():
                self.name = entry.name or self.name
                self.attributes |= entry.attributes
                self.ended = entry if isinstance(entry, Ended) else self.ended
            case Lost():
                self.has_lost = True
            case Begun() | Took():
                raise Unreadable("it makes no sense")


@dataclass(frozen=True, slots=True)
class Estate:
    """All that one process left, by the slot it was in. `is_stale` where the machine itself went down: what is in a
    file then is of any moment before."""

    owner: Owner
    spans: dict[int, Left]
    unreadable: int = 0

    @classmethod
    def of(cls, owner: Owner, data: bytes) -> Self:
        """Raises Foreign."""
        spans, unreadable = dict[int, Left](), 0
        for slot, page in _pages(data, Layout.of(owner)):
            try:
                spans[slot] = Left.of(read(page))
            except Unreadable:
                unreadable += 1
        return cls(owner, spans, unreadable)

    @property
    def is_stale(self) -> bool:
        return self.owner.boot != this_boot()

    @property
    def to_send(self) -> dict[int, Left]:
        return {} if self.is_stale else self.spans

    @property
    def cut_off(self) -> list[Left]:
        """The youngest first."""
        return sorted((each for each in self.spans.values() if each.ended is None), key=lambda each: -each.begun.at)


def _pages(data: bytes, layout: Layout) -> Iterator[tuple[int, bytes]]:
    if len(data) < layout.size:
        raise Foreign("it is shorter than it says")
    for slot, length in enumerate(memoryview(data)[layout.lengths].cast("I")):
        if 0 < length <= layout.slot:
            yield slot, data[layout.place(slot) : layout.place(slot) + length]
