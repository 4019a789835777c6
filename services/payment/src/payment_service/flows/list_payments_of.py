"""Answers payment.paymentsOf."""

from dataclasses import dataclass

from contracts.kept import MOST, WhatIsKept
from contracts.payment import KeptPayments
from flowkit.call import Call
from msgspec import UNSET

from payment_service.ports import Store


@dataclass(frozen=True, slots=True)
class ListPaymentsOf:
    """Tell another service what somebody it keeps has paid, or could not."""

    store: Store

    async def run(self, request: WhatIsKept, call: Call) -> KeptPayments:
        call.about("customer", request.customer_id)
        with call.step("Fetching payments"):
            async with self.store.reading() as tx:
                newest = await tx.newest(request.customer_id, request.before or None, MOST + 1)
        items = tuple(newest[:MOST])
        return KeptPayments(items=items, next=items[-1].id if len(newest) > MOST else UNSET)
