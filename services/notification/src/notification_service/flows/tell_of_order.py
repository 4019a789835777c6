"""Reacts to what becomes of orders."""

from dataclasses import dataclass
from typing import Protocol

from contracts.notification import Kind
from flowkit.call import Call

from notification_service.ports import Transaction


class OfAnOrder(Protocol):
    """An event about somebody's order."""

    @property
    def order_id(self) -> str: ...

    @property
    def customer_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class TellOfOrder:
    """Put down that a customer is to be told what became of their order."""

    kind: Kind

    async def run(self, event: OfAnOrder, call: Call, tx: Transaction) -> None:
        call.about("customer", event.customer_id)
        call.about("order", event.order_id)
        call.step("Putting down notification")
        if await tx.add(self.kind, event.customer_id, event.order_id) is None:
            call.step("Customer is told already")
