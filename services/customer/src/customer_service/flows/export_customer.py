"""Answers customer.export."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from contracts import audit, auth
from contracts.customer import Customer, CustomerExport, NoSuchCustomer, OpenSession, Trail, WhichExport
from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.contract.audit import AuditEntry, WhichEntries
from msgspec import UNSET

from customer_service.flows.own import check_own
from customer_service.ports import Flows, Store

PAGE: Final = 100

type Kept = tuple[str, AuditEntry]
"""An entry, and which service keeps it."""


@dataclass(frozen=True, slots=True)
class ExportCustomer:
    """Show a customer, or an admin for them, all that is kept of them. While a part of it is away there is none."""

    store: Store
    flows: Flows

    async def run(self, request: WhichExport, call: Call) -> CustomerExport:
        call.about("customer", request.id)
        call.step("Checking permission")
        check_own(call.user, request.id)
        which = WhichEntries(about=request.id, before=request.before, limit=PAGE)
        customer = await self._find(request.id, call)
        with call.step("Asking what auth keeps"):
            sessions = await self.flows.call(auth.sessions_of, auth.Whose(id=request.id, role="customer"))
            elsewhere = await self.flows.call(audit.auth, which)
        with call.step("Reading the audit log"):
            async with self.store.transaction() as tx:
                here = await tx.entries(which)
                await tx.record(Entry.of(call, "customer.export", "customer", request.id))
        return _told(customer, sessions, [*_of("auth", elsewhere.items), *_of("customer", here)])

    async def _find(self, id_: str, call: Call) -> Customer:
        with call.step("Fetching customer"):
            async with self.store.reading() as tx:
                customer = await tx.find(id_)
        if customer is None:
            raise NoSuchCustomer
        return customer


def _of(service: str, entries: Iterable[AuditEntry]) -> Iterable[Kept]:
    return ((service, entry) for entry in entries)


def _told(customer: Customer, sessions: auth.Sessions, kept: list[Kept]) -> CustomerExport:
    newest = sorted(kept, key=lambda each: each[1].id, reverse=True)[:PAGE]
    return CustomerExport(
        exported_at=datetime.now(UTC),
        customer=customer,
        sessions=tuple(_session(each) for each in sessions.items),
        trail=tuple(_trail(service, entry, customer.id) for service, entry in newest),
        # A full page may be the last one; the next is then empty.
        next=newest[-1][1].id if len(newest) == PAGE else UNSET,
    )


def _session(open_: auth.Session) -> OpenSession:
    return OpenSession(
        id=open_.id,
        created_at=open_.created_at,
        last_used_at=open_.last_used_at,
        expires_at=open_.expires_at,
        client_address=open_.client_address,
    )


def _trail(service: str, entry: AuditEntry, customer_id: str) -> Trail:
    return Trail(
        at=entry.at,
        service=service,
        action=entry.action,
        outcome=entry.outcome,
        by_role=entry.actor_role,
        by_yourself=entry.actor == customer_id,
        client_network=entry.client_network,
        trace_id=entry.trace_id,
        times=entry.times,
    )
