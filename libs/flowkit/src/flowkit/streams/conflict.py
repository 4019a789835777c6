"""Why a stream or a consumer is not as declared, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from flowkit.contract import EVENTS
from flowkit.streams.faults import StreamsRefused

_ANOTHER_KIND: Final = (10012, 10052)
_TO_DO: Final = {
    10005: "let the cluster have as many servers as EVENTS_REPLICAS says, or let that say less",
    10047: "give JetStream more room (max_file_store), or let EVENTS_MOST_BYTES and DEAD_LETTERS_MOST_BYTES be less",
    10065: "remove the other stream that takes these subjects",
    10074: "run the servers as a cluster, or let EVENTS_REPLICAS be 1",
}
_MAKE_STREAM_ANEW: Final = (
    "set it back where NATS lets you; or, once every consumer has read all there is "
    f"(nats consumer report {EVENTS}), remove the stream: it is made as declared"
)
_MAKE_CONSUMER_ANEW: Final = (
    "remove the consumer: it is made as declared and reads all that is kept once more; what was acted on is known by "
    "its mark"
)


@dataclass(frozen=True, slots=True)
class Conflict:
    what: str
    """Such as `stream EVENTS`."""
    differs: Mapping[str, tuple[Any, Any]]
    """By field, what is there and what is declared; nothing where there is none yet."""
    refusal: StreamsRefused

    @property
    def is_missing(self) -> bool:
        return not self.differs

    def __str__(self) -> str:
        fields = ", ".join(
            f"{name} is {_told(is_)}, declared {_told(wanted)}" for name, (is_, wanted) in self.differs.items()
        )
        return f"{self.what}: {fields or 'there is none'}. The server: {self.refusal}. What to do: {self._to_do}"

    @property
    def _to_do(self) -> str:
        if self.refusal.code in _ANOTHER_KIND:
            return _MAKE_STREAM_ANEW if self.what.startswith("stream ") else _MAKE_CONSUMER_ANEW
        return _TO_DO.get(self.refusal.code, "see the server's log")


def _told(value: Any) -> str:
    return msgspec.json.encode(value).decode()
