"""Answers customer.update."""

from dataclasses import dataclass

from contracts.customer import Changes, Customer, NoSuchCustomer
from flowkit.audit import Entry
from flowkit.call import Call

from customer_service.flows.own import check_own
from customer_service.ports import Store


@dataclass(frozen=True, slots=True)
class UpdateCustomer:
    """Change what is given of one customer."""

    store: Store

    async def run(self, request: Changes, call: Call) -> Customer:
        call.about("customer", request.id)
        call.step("Checking permission")
        check_own(call.user, request.id)
        with call.step("Updating customer"):
            async with self.store.transaction() as tx:
                before = await tx.find(request.id)
                customer = await tx.change(request)
                if before is None or customer is None:
                    raise NoSuchCustomer
                if customer.email != before.email:
                    # Nobody would find it when they are deleted.
                    await tx.forget_logins(before.email)
                await tx.record(Entry.of(call, "customer.update", "customer", request.id))
        return customer
