"""Who takes part in the bus: what it answers, whom it asks, what it tells and hears. All else is forbidden to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flowkit.contract.contract import Contract, Event


@dataclass(frozen=True, slots=True)
class Participant:
    """`name` is its user on the bus, its queue group where it serves, and the end of its inbox prefix."""

    name: str
    serves: tuple[Contract[Any, Any], ...] = ()
    calls: tuple[Contract[Any, Any], ...] = ()
    tells: tuple[Event[Any], ...] = ()
    hears: tuple[Event[Any], ...] = ()
    # Whether it may ask any service who it is and how it does, over NATS's service protocol.
    inspects: bool = False
    # What no contract of ours states, such as NATS's own services: patterns of subjects.
    publishes: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()

    @property
    def inbox_prefix(self) -> str:
        return inbox_prefix_of(self.name)


def inbox_prefix_of(name: str) -> str:
    """Replies to one are nobody else's to read."""
    return f"_INBOX_{name}"


def callers_of(subject: str, participants: Iterable[Participant]) -> frozenset[str]:
    """By name, those who may ask what is answered on this subject."""
    return frozenset(each.name for each in participants if any(call.subject == subject for call in each.calls))
