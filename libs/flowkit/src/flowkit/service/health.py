"""The flow every service answers: how are you?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from flowkit.call import Call
from flowkit.contract import Nothing
from flowkit.contract.health import Condition, ServiceHealth, health_of

__all__ = ["Condition", "ServiceHealth", "TellHealth", "health_of"]


@dataclass(frozen=True, slots=True)
class TellHealth:
    """Answers from the same checks as the ops port."""

    checks: Callable[[], Awaitable[Mapping[str, Condition]]]

    async def run(self, _: Nothing, call: Call) -> ServiceHealth:
        call.step("Checking every part")
        checks = await self.checks()
        return ServiceHealth(ready="down" not in checks.values(), checks=dict(checks))
