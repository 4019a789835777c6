"""Questions for more events: each consumer of a service always has one out, and nobody waits behind it."""

from contracts.bus import PARTICIPANTS
from flowkit.contract import consumers_of

from .metrics import Figures

AWAITING = "nats_awaiting_replies"
_OUT = {each.name: sum(1 for event in each.reacts_to for _ in consumers_of(each.name, event)) for each in PARTICIPANTS}


def awaited(service: str, told: Figures) -> float:
    """The replies that are awaited beside those."""
    return max(0.0, told.total(AWAITING) - _OUT[service])
