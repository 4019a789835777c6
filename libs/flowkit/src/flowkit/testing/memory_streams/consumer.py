"""One durable consumer in memory: who waits for a message, what is handed out, what is handed out again."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import Struct

from flowkit.bus import Message, header_block
from flowkit.testing.memory_streams.config import Config
from flowkit.testing.memory_streams.stream import Entry, MemoryStream
from flowkit.testing.memory_streams.wire import Wire

_SECOND: Final = 10**9
_NO_MESSAGES: Final = {header_block.STATUS: "404", header_block.DESCRIPTION: "No Messages"}
_TIMED_OUT: Final = {header_block.STATUS: "408", header_block.DESCRIPTION: "Request Timeout"}
_DELETED: Final = {header_block.STATUS: "409", header_block.DESCRIPTION: "Consumer Deleted"}


class Asked(Struct, frozen=True):
    batch: int = 1
    expires: int = 0
    no_wait: bool = False


class _Delay(Struct, frozen=True):
    delay: int = 0


@dataclass(slots=True)
class _Pull:
    reply: str
    left: int
    until: float
    no_wait: bool
    has_been_served: bool = False


@dataclass(slots=True)
class _Outstanding:
    entry: Entry
    due: float
    delivered: int


@dataclass(slots=True, eq=False)
class MemoryConsumer:
    config: Config
    stream: MemoryStream
    wire: Wire
    pending: int = field(default=0, init=False)
    """Not handed out yet."""
    floor: int = field(default=0, init=False)
    """All of its own up to this place is finished."""
    _next: int = field(default=1, init=False)
    _handed_out: int = field(default=0, init=False)
    _outstanding: dict[int, _Outstanding] = field(default_factory=dict[int, _Outstanding], init=False)
    _pulls: deque[_Pull] = field(default_factory=deque[_Pull], init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._count()

    @property
    def name(self) -> str:
        return self.config["name"]

    @property
    def unacknowledged(self) -> int:
        return len(self._outstanding)

    @property
    def redelivered(self) -> int:
        return sum(each.delivered > 1 for each in self._outstanding.values())

    @property
    def waiting(self) -> int:
        return len(self._pulls)

    def change(self, config: Config) -> None:
        self.config = config
        self._count()
        self.serve()

    def note(self, entry: Entry, more: int) -> None:
        """One more is stored, or one less."""
        if entry.place >= self._next and entry.is_of(self.config["filter_subjects"]):
            self.pending += more
        if more > 0:
            self.serve()

    def pull(self, asked: Asked, reply: str) -> None:
        no_time = asked.no_wait and not asked.expires
        if no_time and self._available() is None:
            self.wire.deliver(reply, Message(reply, b"", headers=_NO_MESSAGES))
            return
        until = self._now + asked.expires / _SECOND if asked.expires else float("inf")
        self._pulls.append(_Pull(reply, asked.batch, until, asked.no_wait))
        self.serve()

    def acknowledge(self, place: int, word: bytes) -> None:
        kind, _, rest = word.partition(b" ")
        if (taken := self._outstanding.get(place)) is None:
            return
        if kind in (b"", b"+ACK", b"+TERM"):
            self._finish(place)
        elif kind == b"+WPI":
            taken.due = self._now + self.config["ack_wait"] / _SECOND
        elif kind == b"-NAK":
            taken.due = self._now + (msgspec.json.decode(rest, type=_Delay).delay / _SECOND if rest else 0)
        self.serve()

    def _finish(self, place: int) -> None:
        was_the_oldest = place == min(self._outstanding)
        del self._outstanding[place]
        if was_the_oldest:
            self.floor = min(self._outstanding, default=self._next) - 1

    def end(self) -> None:
        """It was deleted: whoever waits is told."""
        for pull in self._pulls:
            self.wire.deliver(pull.reply, Message(pull.reply, b"", headers=_DELETED))
        self._pulls.clear()
        self._wake_at(None)

    def serve(self) -> None:
        """Hand out what there is, one to each pull in its turn; then sleep until something is due."""
        self._pulls = deque(pull for pull in self._pulls if self.wire.is_heard(pull.reply))
        while self._pulls and (taken := self._available()) is not None:
            self._hand_out(taken, self._pulls.popleft())
        ended = [pull for pull in self._pulls if self._is_over(pull)]
        for pull in ended:
            self._pulls.remove(pull)
            status = _TIMED_OUT if pull.until <= self._now else _NO_MESSAGES
            self.wire.deliver(pull.reply, Message(pull.reply, b"", headers=status))
        self._wake_at(self._next_due() if self._pulls else None)

    def _available(self) -> Entry | None:
        """What is to be handed out again comes first."""
        for place in sorted(place for place, taken in self._outstanding.items() if taken.due <= self._now):
            if place in self.stream.entries:
                return self._outstanding[place].entry
            del self._outstanding[place]
        if self._has_its_fill:
            return None
        return next(self.stream.since(self._next, self.config["filter_subjects"]), None)

    @property
    def _has_its_fill(self) -> bool:
        return len(self._outstanding) >= self.config["max_ack_pending"]

    def _hand_out(self, entry: Entry, pull: _Pull) -> None:
        before = self._outstanding.get(entry.place)
        delivered = 1 if before is None else before.delivered + 1
        due = self._now + self.config["ack_wait"] / _SECOND
        self._outstanding[entry.place] = _Outstanding(entry, due, delivered)
        if before is None:
            self._next, self.pending = entry.place + 1, self.pending - 1
        self._handed_out += 1
        moment = int(entry.stored_at * _SECOND)
        where = f"{self.stream.name}.{self.name}.{delivered}.{entry.place}.{self._handed_out}.{moment}.{self.pending}"
        told = entry.message
        self.wire.deliver(pull.reply, Message(told.subject, told.data, f"$JS.ACK.{where}", told.headers))
        pull.left, pull.has_been_served = pull.left - 1, True
        if pull.left:
            self._pulls.append(pull)

    def _is_over(self, pull: _Pull) -> bool:
        return pull.until <= self._now or (pull.no_wait and pull.has_been_served and not self._has_its_fill)

    def _next_due(self) -> float:
        return min((*(pull.until for pull in self._pulls), *(taken.due for taken in self._outstanding.values())))

    def _wake_at(self, moment: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if moment is not None and moment != float("inf"):
            # A moment later, so that it has come when it is looked at.
            self._timer = asyncio.get_running_loop().call_later(max(0.0, moment - self._now) + 0.001, self.serve)

    def _count(self) -> None:
        self.pending = sum(1 for _ in self.stream.since(self._next, self.config["filter_subjects"]))

    @property
    def _now(self) -> float:
        return self.stream.clock.now
