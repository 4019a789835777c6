"""A dead letter: an event as it was, whose it was to act on, and why that came to nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from flowkit.contract.event import PARTITIONS, partition_of
from flowkit.streams import Kept
from flowkit.telemetry import spans
from flowkit.wire import headers

_OUR_WORDS: Final = "flow-dead-"
# dead.<service>.<event>.v<n>.<which>, and an event has a name of one word at least.
_FEWEST: Final = 5


@dataclass(frozen=True, slots=True)
class Letter:
    kept: Kept
    service: str
    event: str
    version: str

    @classmethod
    def read(cls, kept: Kept) -> Self | None:
        """None where its subject is no dead letter's."""
        tokens = kept.subject.split(".")
        if len(tokens) < _FEWEST:
            return None
        return cls(kept, tokens[1], ".".join(tokens[2:-2]), tokens[-2])

    @property
    def place(self) -> int:
        return self.kept.place

    @property
    def id(self) -> str:
        """Of the event; empty where it had none."""
        return self._word(headers.EVENT_ID)

    @property
    def key(self) -> str:
        return self._word(headers.EVENT_KEY)

    @property
    def reason(self) -> str:
        return self._word(headers.DEAD_REASON)

    @property
    def fault(self) -> str:
        return self._word(headers.DEAD_FAULT)

    @property
    def attempts(self) -> str:
        return self._word(headers.DEAD_ATTEMPTS)

    @property
    def given_up_at(self) -> datetime:
        return self.kept.stored_at

    @property
    def cause(self) -> str:
        """The trace it was announced in."""
        return spans.trace_id_of(self.kept.headers)

    @property
    def trace(self) -> str:
        """Of the last attempt, which is another's than the cause's where that is long ago."""
        return spans.trace_id_of({headers.TRACEPARENT: self._word(headers.DEAD_TRACEPARENT)}) or self.cause

    @property
    def told_version(self) -> str | None:
        """As its announcer says, which need not be that of the subject it told it on; None where that is none."""
        told = self._word(headers.EVENT_VERSION)
        return f"v{told}" if told.isdecimal() else None

    @property
    def meant_for(self) -> str:
        """`Consumer.dead` of the one that can read it."""
        return f"dead.{self.service}.{self.event}.{self.told_version}"

    @property
    def partition(self) -> int:
        """As it was told, so that what is ordered stays so."""
        told = self._word(headers.DEAD_SUBJECT).rpartition(".")[2]
        return int(told) if told.isdecimal() and int(told) < PARTITIONS else partition_of(self.key)

    @property
    def original(self) -> Mapping[str, str]:
        """The event's own headers."""
        return {name: word for name, word in self.kept.headers.items() if not name.lower().startswith(_OUR_WORDS)}

    @property
    def message_id(self) -> str:
        """Of this letter alone, even where the stream was made anew and counts from the beginning: what NATS takes for
        a repetition is not stored."""
        return f"again-{self.place}-{int(self.given_up_at.timestamp() * 1_000_000)}"

    @property
    def event_place(self) -> int:
        """Where in EVENTS it was read; 0 where that is not told."""
        told = self._word(headers.DEAD_PLACE)
        return int(told) if told.isdecimal() else 0

    def told(self) -> Mapping[str, Any]:
        """For another program, in the order a person asks."""
        return {
            "place": self.place,
            "service": self.service,
            "event": self.event,
            "version": self.version,
            "id": self.id,
            "reason": self.reason,
            "fault": self.fault,
            "attempts": int(self.attempts) if self.attempts.isdecimal() else None,
            "at": self.given_up_at,
            "key": self.key,
            "trace": self.trace,
        }

    def _word(self, name: str) -> str:
        return self.kept.headers.get(name, "")
