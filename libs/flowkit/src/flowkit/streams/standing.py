"""How a stream, and a consumer of it, stand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from flowkit.streams.api import Answer


class _State(Struct, frozen=True):
    messages: int = 0
    bytes: int = 0
    first_seq: int = 0
    last_seq: int = 0
    first_ts: datetime | None = None
    last_ts: datetime | None = None


class StreamStanding(Answer, frozen=True):
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    state: _State = _State()

    @property
    def messages(self) -> int:
        return self.state.messages

    @property
    def bytes(self) -> int:
        return self.state.bytes

    @property
    def most_bytes(self) -> int:
        """Past it publishers are refused."""
        return self.config.get("max_bytes", 0)

    @property
    def share(self) -> float:
        """How full it is, of 1; nothing where it has no limit."""
        return self.bytes / self.most_bytes if self.most_bytes > 0 else 0.0

    @property
    def first(self) -> int:
        """The place of the oldest message."""
        return self.state.first_seq

    @property
    def last(self) -> int:
        """The place of the newest, which may be gone."""
        return self.state.last_seq


class _Floor(Struct, frozen=True):
    stream_seq: int = 0


class ConsumerStanding(Answer, frozen=True):
    name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    pending: int = field(name="num_pending", default=0)
    """Not handed out yet."""
    unacknowledged: int = field(name="num_ack_pending", default=0)
    redelivered: int = field(name="num_redelivered", default=0)
    waiting: int = field(name="num_waiting", default=0)
    """Pulls that wait for a message."""
    ack_floor: _Floor = _Floor()

    @property
    def ack_wait_s(self) -> float:
        return self.config.get("ack_wait", 0) / 10**9

    @property
    def floor(self) -> int:
        """All up to this place is finished; what follows may be another's, since it moves with what is its own."""
        return self.ack_floor.stream_seq

    @property
    def subjects(self) -> Sequence[str]:
        """What it is given of what is stored."""
        return self.config.get("filter_subjects") or [self.config.get("filter_subject") or ">"]


class ConsumersPage(Answer, frozen=True):
    total: int = 0
    consumers: Sequence[ConsumerStanding] = ()
    missing: Sequence[str] | None = None
    """Those that did not answer the server in time."""
