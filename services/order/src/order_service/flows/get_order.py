"""Answers order.get."""

from dataclasses import dataclass

from contracts.order import NoSuchOrder, Order, WhichOrder
from flowkit.call import Call

from order_service.flows.owner import owner_of
from order_service.ports import Store


@dataclass(frozen=True, slots=True)
class GetOrder:
    """Show one order to an admin or to whoever placed it."""

    store: Store

    async def run(self, request: WhichOrder, call: Call) -> Order:
        call.about("order", request.id)
        with call.step("Fetching order"):
            async with self.store.reading() as tx:
                found = await tx.find(request.id, owner_of(call.user))
        if found is None:
            raise NoSuchOrder
        return found
