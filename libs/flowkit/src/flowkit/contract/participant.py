"""Who takes part in the bus: what it answers, asks, tells and reacts to. All else is forbidden to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowkit.contract.contract import Contract, Notice
from flowkit.contract.event import Event


@dataclass(frozen=True, slots=True)
class Participant:
    """`name` is its user on the bus, its queue group where it serves, and the end of its inbox prefix."""

    name: str
    serves: tuple[Contract[Any, Any], ...] = ()
    calls: tuple[Contract[Any, Any], ...] = ()
    tells: tuple[Notice[Any], ...] = ()
    hears: tuple[Notice[Any], ...] = ()
    announces: tuple[Event[Any], ...] = ()
    reacts_to: tuple[Event[Any], ...] = ()
    # Whether it may ask any service who it is and how it does, over NATS's service protocol.
    inspects: bool = False
    # What no contract of ours states, such as NATS's own services: patterns of subjects.
    publishes: tuple[str, ...] = ()
    subscribes: tuple[str, ...] = ()

    @property
    def inbox_prefix(self) -> str:
        return inbox_prefix_of(self.name)


SERVICE_PROTOCOL = "$SRV"
ANYBODYS_INBOX = "_INBOX"
"""On a bus that asks nobody who they are."""


def inbox_prefix_of(name: str) -> str:
    """Replies to one are nobody else's to read."""
    return f"_INBOX_{name}"


def callers_of(service: str, participants: Sequence[Participant]) -> Mapping[str, frozenset[str]]:
    """By subject, the names of those who may ask it; `$SRV` is NATS's service protocol, whatever is asked in it."""
    served = [contract.subject for each in participants if each.name == service for contract in each.serves]
    asked = {each.name: {contract.subject for contract in each.calls} for each in participants}
    inspectors = frozenset(each.name for each in participants if each.inspects)
    return {subject: frozenset(name for name, calls in asked.items() if subject in calls) for subject in served} | {
        SERVICE_PROTOCOL: inspectors
    }
