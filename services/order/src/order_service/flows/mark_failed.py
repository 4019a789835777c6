"""Reacts to payment.failed."""

from dataclasses import dataclass

from contracts.payment import PaymentFailed
from flowkit.call import Call

from order_service.flows.settle import settle
from order_service.ports import Transaction


@dataclass(frozen=True, slots=True)
class MarkFailed:
    """Note that an order could not be paid."""

    async def run(self, event: PaymentFailed, call: Call, tx: Transaction) -> None:
        await settle(event, "failed", call, tx)
