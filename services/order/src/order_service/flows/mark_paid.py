"""Reacts to payment.completed."""

from dataclasses import dataclass

from contracts.payment import PaymentCompleted
from flowkit.call import Call

from order_service.flows.settle import settle
from order_service.ports import Transaction


@dataclass(frozen=True, slots=True)
class MarkPaid:
    """Note that an order is paid."""

    async def run(self, event: PaymentCompleted, call: Call, tx: Transaction) -> None:
        await settle(event, "paid", call, tx)
