"""A flow every service answers: how are you?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from flowkit.call import Call
from flowkit.contract import Nothing, Query, Reply, internal

Condition = Literal["up", "down"]


class ServiceHealth(Reply):
    ready: bool
    checks: dict[str, Condition]


def health_of(service: str) -> Query[Nothing, ServiceHealth]:
    return Query(f"flow.health.{service}", Nothing, ServiceHealth, access=internal)


@dataclass(frozen=True, slots=True)
class TellHealth:
    """Answers from the same checks as the ops port."""

    checks: Callable[[], Awaitable[Mapping[str, Condition]]]

    async def run(self, _: Nothing, call: Call) -> ServiceHealth:
        call.step("Checking every part")
        checks = await self.checks()
        return ServiceHealth(ready="down" not in checks.values(), checks=dict(checks))
