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
    """Forget one customer, here and at auth, or nowhere. Done again, it finishes what was left of a first time."""

    store: Store
    flows: Flows

    async def run(self, request: WhichCustomer, call: Call) -> CustomerRef:
        call.about("customer", request.id)
        call.step("Checking permission")
        check_own(call.user, request.id)
        async with self.store.transaction() as tx:
            with call.step("Deleting customer"):
                email = await tx.remove(request.id)
            # While the row is held nobody signs in as them, so no session is opened behind this one's back.
            with call.step("Ending sessions"):
                await self.flows.call(auth.end_sessions, _all_of(request.id))
            if email is not None:
                await tx.forget_logins(email)
                await tx.record(Entry.of(call, "customer.delete", "customer", request.id))
        if email is None:
            raise NoSuchCustomer
        return CustomerRef(id=request.id)


def _all_of(customer_id: str) -> auth.SessionsToEnd:
    return auth.SessionsToEnd(id=customer_id, role="customer", why="deleted")
