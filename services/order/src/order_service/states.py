"""What may become of an order."""

from collections.abc import Mapping
from typing import Final

from contracts.order import Status
from flowkit.contract import Conflict

MAY_BECOME: Final[Mapping[Status, frozenset[Status]]] = {
    "pending": frozenset({"paid", "failed"}),
    "paid": frozenset(),
    "failed": frozenset(),
}


class Contradicted(Conflict):
    """The order has ended otherwise"""


def check(now: Status, then: Status) -> None:
    """Raises Contradicted where the one does not become the other."""
    if then not in MAY_BECOME[now]:
        raise Contradicted
