"""What the streams are, and who reads them: made of what the participants announce and react to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flowkit.contract import DEAD_LETTERS, EVENTS, Consumer, Participant, consumers_of
from flowkit.contract.consumer import EVERY_AGAIN, EVERY_DEAD_LETTER, EVERY_EVENT

_SECOND: Final = 10**9
_DAY: Final = 24 * 3600 * _SECOND
_MOST_UNACKNOWLEDGED: Final = 1000

type Config = Mapping[str, Any]
"""As JetStream's API has it."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    replicas: int = 1
    """On how many servers of a cluster each message is stored before it is acknowledged."""
    days: int = 7
    """How long an event is kept at most; one that all have acted on goes before the stream is full."""
    most_bytes: int = 1 << 30
    dead_letter_days: int = 30
    dead_letter_most_bytes: int = 256 << 20
    duplicate_window_s: int = 120
    """For so long a message is known by its id, so that the same one is not stored again."""
    ack_wait_s: float = 10.0
    """After so long without a word about it a message is handed out again."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Every stream, and every consumer of EVENTS."""

    streams: tuple[Config, ...]
    consumers: tuple[Config, ...]

    @property
    def readers(self) -> frozenset[str]:
        return frozenset(each["durable_name"] for each in self.consumers)

    @classmethod
    def of(cls, participants: Sequence[Participant], options: StreamOptions) -> "Declared":
        reading = (
            consumer for each in participants for event in each.reacts_to for consumer in consumers_of(each.name, event)
        )
        return cls((_events(options), _dead_letters(options)), tuple(_consumer(each, options) for each in reading))


def _events(options: StreamOptions) -> Config:
    # Where it is full the next is refused, and none is taken out of its midst: what nobody has read yet does not go.
    # What all have acted on does, from the oldest on, so it may be purged.
    kept = {"max_age": options.days * _DAY, "max_bytes": options.most_bytes, "deny_delete": True, "deny_purge": False}
    return _stream(EVENTS, (EVERY_AGAIN, EVERY_EVENT), options) | kept


def _dead_letters(options: StreamOptions) -> Config:
    # One for an event and whoever could not act on it, however often that is told.
    kept = {"max_age": options.dead_letter_days * _DAY, "max_bytes": options.dead_letter_most_bytes}
    once = {"max_msgs_per_subject": 1, "discard_new_per_subject": True}
    return _stream(DEAD_LETTERS, (EVERY_DEAD_LETTER,), options) | kept | once


def _stream(name: str, subjects: Sequence[str], options: StreamOptions) -> dict[str, Any]:
    return {
        "name": name,
        "subjects": list(subjects),
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "num_replicas": options.replicas,
        "duplicate_window": options.duplicate_window_s * _SECOND,
        "allow_direct": True,
    }


def _consumer(consumer: Consumer, options: StreamOptions) -> Config:
    return {
        "durable_name": consumer.name,
        "filter_subjects": list(consumer.subjects),
        # A consumer that is made after the first of its events is given those too.
        "deliver_policy": "all",
        "ack_policy": "explicit",
        "ack_wait": int(options.ack_wait_s * _SECOND),
        "max_deliver": -1,
        "max_ack_pending": _MOST_UNACKNOWLEDGED if consumer.partition is None else 1,
    }
