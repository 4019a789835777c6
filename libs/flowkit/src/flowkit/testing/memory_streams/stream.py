"""One stream in memory: what is stored, what is refused, what goes with age."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from flowkit.bus import Message, header_block
from flowkit.bus import subject as subjects
from flowkit.testing.memory_streams import refusal
from flowkit.testing.memory_streams.clock import Clock
from flowkit.testing.memory_streams.config import Config

_MESSAGE_ID: Final = "Nats-Msg-Id"
_SECOND: Final = 10**9
# What a file holds beside a message.
_RECORD: Final = 34
_LARGEST_HEADERS: Final = (1 << 16) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    place: int
    stored_at: float
    message: Message

    @property
    def size(self) -> int:
        message = self.message
        return _RECORD + len(message.subject) + len(header_block.encode(message.headers)) + len(message.data)

    def is_of(self, patterns: Sequence[str]) -> bool:
        return not patterns or any(subjects.matches(pattern, self.message.subject) for pattern in patterns)


@dataclass(slots=True)
class MemoryStream:
    config: Config
    clock: Clock
    last: int = field(default=0, init=False)
    on_change: list[Callable[[Entry, int], None]] = field(
        default_factory=list["Callable[[Entry, int], None]"], init=False
    )
    """Called with what is stored or gone, and 1 or -1."""
    _entries: dict[int, Entry] = field(default_factory=dict[int, Entry], init=False)
    _bytes: int = field(default=0, init=False)
    _known: dict[str, Entry] = field(default_factory=dict[str, Entry], init=False)

    @property
    def name(self) -> str:
        return self.config["name"]

    @property
    def entries(self) -> dict[int, Entry]:
        self._let_go_of_old()
        return self._entries

    @property
    def size(self) -> int:
        return self._bytes

    def takes(self, subject: str) -> bool:
        return any(subjects.matches(pattern, subject) for pattern in self.config["subjects"])

    def store(self, message: Message) -> tuple[Entry, bool]:
        """And whether it was there already."""
        self._let_go_of_old()
        id_ = message.headers.get(_MESSAGE_ID, "")
        if id_ and (known := self._known.get(id_)) is not None:
            return known, True
        if len(header_block.encode(message.headers)) > _LARGEST_HEADERS:
            raise refusal.headers_too_large()
        entry = Entry(self.last + 1, self.clock.now, message)
        self._make_room(entry)
        self.last = entry.place
        self._entries[entry.place] = entry
        self._bytes += entry.size
        if id_:
            self._known[id_] = entry
        self._tell(entry, 1)
        return entry, False

    def delete(self, place: int) -> None:
        if self.config["deny_delete"]:
            raise refusal.not_deleted("message delete not permitted")
        if place > self.last:
            raise refusal.not_deleted("stream store EOF")
        if place not in self.entries:
            raise refusal.not_deleted("no message found")
        self._remove(self._entries[place])

    def purge(self, place: int) -> int:
        """All before it; how many that were."""
        if self.config["deny_purge"]:
            raise refusal.not_purged()
        before = _leading(self.entries.values(), lambda entry: entry.place < place)
        for entry in before:
            self._remove(entry)
        return len(before)

    def since(self, place: int, patterns: Sequence[str] = ()) -> Iterator[Entry]:
        entries = self.entries
        for at in range(max(place, next(iter(entries), self.last + 1)), self.last + 1):
            if (entry := entries.get(at)) is not None and entry.is_of(patterns):
                yield entry

    def _make_room(self, entry: Entry) -> None:
        if (most := self.config["max_msgs_per_subject"]) > 0:
            of_subject = list(self.since(1, [entry.message.subject]))
            if most <= len(of_subject) and self.config["discard_new_per_subject"]:
                raise refusal.full("messages per subject")
            for old in of_subject[: len(of_subject) + 1 - most]:
                self._remove(old)
        if 0 <= self.config["max_msgs"] <= len(self._entries):
            raise refusal.full("messages")
        if 0 <= self.config["max_bytes"] < self._bytes + entry.size:
            raise refusal.full("bytes")

    def _let_go_of_old(self) -> None:
        window = self.clock.now - self.config["duplicate_window"] / _SECOND
        _drop_while(self._known, lambda entry: entry.stored_at < window)
        if self.config["max_age"]:
            oldest = self.clock.now - self.config["max_age"] / _SECOND
            for entry in _leading(self._entries.values(), lambda each: each.stored_at < oldest):
                self._remove(entry)

    def _remove(self, entry: Entry) -> None:
        del self._entries[entry.place]
        self._bytes -= entry.size
        self._tell(entry, -1)

    def _tell(self, entry: Entry, more: int) -> None:
        for told in self.on_change:
            told(entry, more)


def _drop_while(known: dict[str, Entry], is_over: Callable[[Entry], bool]) -> None:
    for entry in _leading(known.values(), is_over):
        del known[entry.message.headers[_MESSAGE_ID]]


def _leading(entries: Iterable[Entry], is_over: Callable[[Entry], bool]) -> list[Entry]:
    """In the order they were stored, so the first that stays is followed by none that goes."""
    leading: list[Entry] = []
    for entry in entries:
        if not is_over(entry):
            break
        leading.append(entry)
    return leading
