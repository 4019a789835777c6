"""Answers customer.get."""

from dataclasses import dataclass

from contracts.customer import Customer, NoSuchCustomer, WhichCustomer
from flowkit.call import Call

from customer_service.flows.own import check_own
from customer_service.ports import Store


@dataclass(frozen=True, slots=True)
class GetCustomer:
    """Show one customer to an admin or to themselves."""

    store: Store

    async def run(self, request: WhichCustomer, call: Call) -> Customer:
        call.about("customer", request.id)
        call.step("Checking permission")
        check_own(call.user, request.id)
        with call.step("Fetching customer"):
            async with self.store.reading() as tx:
                customer = await tx.find(request.id)
        if customer is None:
            raise NoSuchCustomer
        return customer
