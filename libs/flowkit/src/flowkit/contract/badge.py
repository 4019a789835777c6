"""How a service comes by the proof of who it is: a badge, signed by auth, that the services it asks can verify."""

from flowkit.contract.access import by_the_bus
from flowkit.contract.contract import Query
from flowkit.contract.payload import Nothing, Reply


class Badge(Reply):
    token: str
    expires_in: float


def identify(service: str) -> Query[Nothing, Badge]:
    """A subject for each service, so that the bus decides who may ask in whose name."""
    return Query(f"auth.identify.{service}", Nothing, Badge, access=by_the_bus)
