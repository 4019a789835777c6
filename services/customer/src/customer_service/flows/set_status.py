"""Answers customer.setStatus."""

from dataclasses import dataclass
from typing import Final

from contracts import auth
from contracts.customer import CustomerStatus, NoSuchCustomer, Status, StatusChange
from flowkit.audit import Entry
from flowkit.call import Call

from customer_service.ports import Flows, Store

_ACTIONS: Final[dict[Status, str]] = {"disabled": "customer.disable", "active": "customer.enable"}


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Shut a customer out, or let them in again."""

    store: Store
    flows: Flows

    async def run(self, request: StatusChange, call: Call) -> CustomerStatus:
        call.about("customer", request.id)
        disabled = request.status == "disabled"
        async with self.store.transaction() as tx:
            call.step("Disabling customer" if disabled else "Enabling customer")
            if not await tx.set_disabled(request.id, disabled=disabled):
                raise NoSuchCustomer
            # Inside: where sessions cannot be ended nothing has changed, and asking again is safe.
            if disabled:
                with call.step("Ending sessions"):
                    await self.flows.call(
                        auth.end_sessions, auth.SessionsToEnd(id=request.id, role="customer", why="disabled")
                    )
            await tx.record(Entry.of(call, _ACTIONS[request.status], "customer", request.id))
        return CustomerStatus(id=request.id, status=request.status)
