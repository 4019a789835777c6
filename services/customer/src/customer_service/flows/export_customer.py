"""Answers customer.export."""

from dataclasses import dataclass

from contracts import audit, auth, notification, order, payment
from contracts.customer import Customer, CustomerExport, NoSuchCustomer, WhichExport
from contracts.kept import MOST_ENTRIES, WhatIsKept
from flowkit.audit import Entry, page_of
from flowkit.call import Call
from flowkit.contract.audit import AuditPage, WhichEntries

from customer_service.flows.own import check_own
from customer_service.kept import Kept
from customer_service.ports import Flows, Store


@dataclass(frozen=True, slots=True)
class ExportCustomer:
    """Show a customer, or an admin for them, all that is kept of them. While a part of it is away there is none."""

    store: Store
    flows: Flows

    async def run(self, request: WhichExport, call: Call) -> CustomerExport:
        call.about("customer", request.id)
        call.step("Checking permission")
        check_own(call.user, request.id)
        which = WhichEntries(about=request.id, before=request.before, limit=MOST_ENTRIES)
        theirs = WhatIsKept(customer_id=request.id, before=request.before)
        customer = await self._find(request.id, call)
        with call.step("Asking what auth keeps"):
            sessions = await self.flows.call(auth.sessions_of, auth.Whose(id=request.id, role="customer"))
            elsewhere = await self.flows.call(audit.auth, which)
        with call.step("Asking what order keeps"):
            orders = await self.flows.call(order.orders_of, theirs)
        with call.step("Asking what payment keeps"):
            payments = await self.flows.call(payment.payments_of, theirs)
        with call.step("Asking what notification keeps"):
            notifications = await self.flows.call(notification.notifications_of, theirs)
        trails = {"auth": elsewhere, "customer": await self._read_audit(customer.id, which, call)}
        return Kept(customer, sessions, orders, payments, notifications, trails).page()

    async def _find(self, id_: str, call: Call) -> Customer:
        with call.step("Fetching customer"):
            async with self.store.reading() as tx:
                customer = await tx.find(id_)
        if customer is None:
            raise NoSuchCustomer
        return customer

    async def _read_audit(self, id_: str, which: WhichEntries, call: Call) -> AuditPage:
        """Last: on record is what was told, and not what was asked for in vain."""
        with call.step("Reading the audit log"):
            async with self.store.transaction() as tx:
                here = await tx.entries(which)
                await tx.record(Entry.of(call, "customer.export", "customer", id_))
        return page_of(here, which.limit)
