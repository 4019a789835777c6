"""Answers customer.getList."""

from dataclasses import dataclass

from contracts.customer import CustomerPage, Page
from flowkit.call import Call

from customer_service.ports import Store


@dataclass(frozen=True, slots=True)
class ListCustomers:
    """Show a page of customers, in the order they came."""

    store: Store

    async def run(self, request: Page, call: Call) -> CustomerPage:
        async with self.store.reading() as tx:
            with call.step("Fetching customer list"):
                items = await tx.page(request.page, request.limit)
            with call.step("Counting total customers"):
                total = await tx.count()
        return CustomerPage(items=tuple(items), total=total, page=request.page, limit=request.limit)
