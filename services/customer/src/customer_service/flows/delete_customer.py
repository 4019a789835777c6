"""Answers customer.delete."""

from dataclasses import dataclass

from contracts import auth
from contracts.customer import CustomerRef, NoSuchCustomer, WhichCustomer
from flowkit.audit import Entry
from flowkit.call import Call

from customer_service.flows.own import check_own
from customer_service.ports import Flows, Store


@dataclass(frozen=True, slots=True)
class DeleteCustomer:
    """Forget one customer."""

    store: Store
    flows: Flows

    async def run(self, request: WhichCustomer, call: Call) -> CustomerRef:
        call.about("customer", request.id)
        call.step("Checking permission")
        check_own(call.user, request.id)
        with call.step("Deleting customer"):
            async with self.store.transaction() as tx:
                if not await tx.remove(request.id):
                    raise NoSuchCustomer
                # Inside: where sessions cannot be ended nobody is deleted, and asking again is safe.
                with call.step("Ending sessions"):
                    await self.flows.call(auth.end_sessions, _all_of(request.id))
                await tx.record(Entry.of(call, "customer.delete", "customer", request.id))
        return CustomerRef(id=request.id)


def _all_of(customer_id: str) -> auth.SessionsToEnd:
    return auth.SessionsToEnd(id=customer_id, role="customer", why="deleted")
