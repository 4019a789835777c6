"""Answers order.getList."""

from dataclasses import dataclass

from contracts.order import OrderPage, Page
from flowkit.call import Call

from order_service.flows.owner import owner_of
from order_service.ports import Store


@dataclass(frozen=True, slots=True)
class ListOrders:
    """Show a page of the caller's orders, to an admin of everybody's; the newest first."""

    store: Store

    async def run(self, request: Page, call: Call) -> OrderPage:
        owner = owner_of(call.user)
        async with self.store.reading() as tx:
            with call.step("Fetching order list"):
                items = await tx.page(owner, request.page, request.limit)
            with call.step("Counting total orders"):
                total = await tx.count(owner)
        return OrderPage(items=tuple(items), total=total, page=request.page, limit=request.limit)
