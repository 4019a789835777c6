"""What a stream says of a message it has stored, and such a message as it is read by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from msgspec import Struct

from flowkit.bus import Message
from flowkit.streams.api import Answer

_SUBJECT: Final = "Nats-Subject"
_PLACE: Final = "Nats-Sequence"
_STORED_AT: Final = "Nats-Time-Stamp"
_OWN: Final = frozenset(
    {"Nats-Stream", _SUBJECT, _PLACE, _STORED_AT, "Nats-Num-Pending", "Nats-Last-Sequence", "Nats-UpTo-Sequence"}
)


@dataclass(frozen=True, slots=True)
class Stored:
    stream: str
    place: int
    duplicate: bool
    """It was there already, under the same message id."""


class StoredAnswer(Answer, frozen=True):
    stream: str = ""
    seq: int = 0
    duplicate: bool = False


class _At(Struct, frozen=True):
    seq: int


class FoundAnswer(Answer, frozen=True):
    message: _At | None = None


class RemovedAnswer(Answer, frozen=True):
    purged: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """Read without being consumed: it stays, whoever looks at it."""

    subject: str
    data: bytes
    headers: Mapping[str, str]
    place: int
    stored_at: datetime

    @classmethod
    def read(cls, message: Message) -> Self | None:
        """None where it is the server's own word."""
        given = message.headers
        if _PLACE not in given:
            return None
        own = {name: value for name, value in given.items() if name not in _OWN}
        return cls(given[_SUBJECT], message.data, own, int(given[_PLACE]), datetime.fromisoformat(given[_STORED_AT]))
