"""What every exchange of a service needs."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from flowkit.bus import Bus
from flowkit.contract import Identity
from flowkit.faults import Faults
from flowkit.idempotency import Ledger
from flowkit.service.replies import Replies
from flowkit.telemetry.spans import Tracing


class Verifier(Protocol):
    async def verify(self, token: str) -> Identity:
        """The identity a token proves; raises Unauthorized."""
        ...

    async def verify_service(self, token: str) -> str:
        """The name of the service a badge proves; raises ServiceUnknown."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What every exchange of a service needs."""

    bus: Bus
    tracing: Tracing
    verifier: Verifier
    patience: float
    ledger: Ledger | None
    spawn: Callable[[Coroutine[Any, Any, None]], object]
    faults: Faults | None = None
    replies: Replies = field(default_factory=Replies)
