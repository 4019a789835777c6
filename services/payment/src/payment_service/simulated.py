"""A provider of payments for development and tests: whether it pays is decided by the order's id alone."""

import hashlib
from dataclasses import dataclass
from typing import Final

from contracts.payment import Refusal

from payment_service.ports import Charge

_ALL: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class SimulatedProvider:
    """`failing` is the share of orders that it declines, from 0 to 1; the same ones, whenever and wherever it runs."""

    failing: float = 0.0

    async def take(self, charge: Charge) -> Refusal | None:
        return "declined" if _drawn(charge.order_id) < self.failing * _ALL else None


def _drawn(order_id: str) -> int:
    return int.from_bytes(hashlib.sha256(order_id.encode()).digest()[:8])
