"""health: is the whole system well, and which part is not."""

from typing import Literal

from flowkit.contract import Nothing, Query, Reply, Unavailable

Condition = Literal["up", "down"]


class Health(Reply):
    status: Literal["ok", "unavailable"]
    database: Condition
    nats: Condition
    services: dict[str, Condition]


class Unwell(Unavailable):
    """Not every part is well"""


check = Query("api.v1.healthcheck", Nothing, Health, raises=(Unwell,), is_probe=True)

ALL = (check,)
