"""What is kept of a customer, by every service, and how much of it makes a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from contracts import auth
from contracts.customer import Customer, CustomerExport, OpenSession, Trail
from contracts.notification import KeptNotifications
from contracts.order import KeptOrders
from contracts.payment import KeptPayments
from flowkit.contract.audit import AuditEntry, AuditPage
from msgspec import UNSET, UnsetType


class Placed(Protocol):
    """Ids are in the order of their making, whichever service made them."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest of it, as much as each service told; `trails` by the service whose audit log it is."""

    customer: Customer
    sessions: auth.Sessions
    orders: KeptOrders
    payments: KeptPayments
    notifications: KeptNotifications
    trails: Mapping[str, AuditPage]

    def page(self) -> CustomerExport:
        return CustomerExport(
            exported_at=datetime.now(UTC),
            customer=self.customer,
            sessions=tuple(_session(each) for each in self.sessions.items),
            orders=self._within(self.orders.items),
            payments=self._within(self.payments.items),
            notifications=self._within(self.notifications.items),
            trail=self._trail(),
            next=self._reach,
        )

    @property
    def _reach(self) -> str | UnsetType:
        """Down to where each of them has told all: what they know of below it would be passed over by the next page."""
        pages = (self.orders, self.payments, self.notifications, *self.trails.values())
        return max((each.next for each in pages if each.next is not UNSET), default=UNSET)

    def _within[Item: Placed](self, items: Iterable[Item]) -> tuple[Item, ...]:
        reach = self._reach
        return tuple(each for each in items if reach is UNSET or each.id >= reach)

    def _trail(self) -> tuple[Trail, ...]:
        told = [(entry, service) for service, page in self.trails.items() for entry in self._within(page.items)]
        told.sort(key=lambda each: each[0].id, reverse=True)
        return tuple(_told(service, entry, self.customer.id) for entry, service in told)


def _session(open_: auth.Session) -> OpenSession:
    return OpenSession(
        id=open_.id,
        created_at=open_.created_at,
        last_used_at=open_.last_used_at,
        expires_at=open_.expires_at,
        client_address=open_.client_address,
    )


def _told(service: str, entry: AuditEntry, customer_id: str) -> Trail:
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
