"""Who reads which events: one durable consumer for a service and an event, or one a partition where it is ordered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from flowkit.contract.event import PARTITIONS, Event

EVENTS: Final = "EVENTS"
"""The stream of all that happened."""
DEAD_LETTERS: Final = "DEAD_LETTERS"
"""The stream of what somebody could not act on, however often it was tried."""
EVERY_EVENT: Final = "event.>"
EVERY_AGAIN: Final = "again.>"
EVERY_DEAD_LETTER: Final = "dead.>"


@dataclass(frozen=True, slots=True)
class Consumer:
    """One place in the stream, shared by all instances of a service."""

    service: str
    event: Event[Any]
    partition: int | None = None

    @property
    def name(self) -> str:
        """As the server lists it: order-customer-registered-v1."""
        whole = "-".join((self.service, *self.event.name.split("."), f"v{self.event.version}"))
        return whole if self.partition is None else f"{whole}-{self.partition}"

    @property
    def template(self) -> str:
        """Its name in figures and traces, the same for every partition."""
        return f"{self.service} {self.event.name}"

    @property
    def subjects(self) -> tuple[str, str]:
        """Where its events are told, and where those are that it alone is given again."""
        which = "*" if self.partition is None else str(self.partition)
        return f"{self.event.subject}.{which}", f"{self.again}.{which}"

    @property
    def again(self) -> str:
        return f"again.{self.service}.{self.event.name}.v{self.event.version}"

    @property
    def dead(self) -> str:
        """The id of the event is added where a dead letter is stored."""
        return f"dead.{self.service}.{self.event.name}.v{self.event.version}"


def consumers_of(service: str, event: Event[Any]) -> Iterator[Consumer]:
    if not event.ordered:
        yield Consumer(service, event)
        return
    yield from (Consumer(service, event, partition) for partition in range(PARTITIONS))
