"""One message as a consumer is handed it, and where its acknowledgement goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from flowkit.bus import Message

_PREFIX: Final = "$JS.ACK."
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# $JS.ACK.<stream>.<consumer>.<delivered>.<place>.<of the consumer>.<ns>.<pending>; a newer form has the domain and the
# account before the stream, and a token at the end.
_TOKENS: Final = 9
_NEWER: Final = 11


@dataclass(frozen=True, slots=True)
class Pulled:
    subject: str
    data: bytes
    headers: Mapping[str, str]
    place: int
    """In the stream: one that was stored later has a higher one."""
    delivered: int
    """How often it was handed out, this time included."""
    stored_at: datetime
    acknowledge: str = field(repr=False)

    @classmethod
    def read(cls, message: Message) -> Self | None:
        """None where it is no message of a stream's."""
        tokens = message.reply.split(".")
        if not message.reply.startswith(_PREFIX) or len(tokens) < _TOKENS:
            return None
        if len(tokens) >= _NEWER:
            del tokens[2:4]
        try:
            delivered, place, _, moment, _ = map(int, tokens[4:_TOKENS])
        except ValueError:
            return None
        stored_at = _EPOCH + timedelta(microseconds=moment // 1000)
        return cls(message.subject, message.data, message.headers, place, delivered, stored_at, message.reply)
