"""A contract every service answers: how are you?"""

from typing import Literal

from flowkit.contract.access import only
from flowkit.contract.contract import Query
from flowkit.contract.payload import Nothing, Reply

Condition = Literal["up", "down"]


class ServiceHealth(Reply):
    ready: bool
    checks: dict[str, Condition]


def health_of(service: str) -> Query[Nothing, ServiceHealth]:
    return Query(f"flow.health.{service}", Nothing, ServiceHealth, access=only("gateway", "operator"), is_probe=True)
