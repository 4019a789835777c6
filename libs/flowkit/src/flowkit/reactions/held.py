"""A delivery this instance has in hand, and for how long it has been acted on."""

from dataclasses import dataclass

from flowkit.contract import Consumer
from flowkit.reactions.reactor import Reactor
from flowkit.streams import Pulled


@dataclass(slots=True)
class Held:
    reactor: Reactor
    consumer: Consumer
    pulled: Pulled
    is_acted_on: bool = False
    acted_on_s: float = 0.0
    """As those saw it who looked: a process that stood still for a minute has not been at it for a minute."""

    def look(self, after: float) -> float:
        if self.is_acted_on:
            self.acted_on_s += after
        return self.acted_on_s
