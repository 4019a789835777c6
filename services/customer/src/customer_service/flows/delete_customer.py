"""Answers customer.delete."""

from dataclasses import dataclass

from contracts.customer import CustomerRef, NoSuchCustomer, WhichCustomer
from flowkit.audit import Entry
from flowkit.call import Call

from customer_service.flows.own import check_own
from customer_service.ports import Store


@dataclass(frozen=True, slots=True)
class DeleteCustomer:
    """Forget one customer."""

    store: Store

    async def run(self, request: WhichCustomer, call: Call) -> CustomerRef:
        call.about("customer", request.id)
        call.step("Checking permission")
        check_own(call.user, request.id)
        with call.step("Deleting customer"):
            async with self.store.transaction() as tx:
                if not await tx.remove(request.id):
                    raise NoSuchCustomer
                await tx.record(Entry.of(call, "customer.delete", "customer", request.id))
        return CustomerRef(id=request.id)
