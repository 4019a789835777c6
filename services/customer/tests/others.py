"""Those who keep something of a customer beside us, as many of it in a message as they please."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts import audit, auth, notification, order, payment
from contracts.kept import WhatIsKept
from contracts.notification import KeptNotifications, Notification
from contracts.order import KeptOrders, Order
from contracts.payment import KeptPayments, Payment
from flowkit.contract import Contract, Unavailable
from flowkit.contract.audit import AuditEntry, AuditPage, WhichEntries
from msgspec import UNSET, Struct

NOW = datetime.now(UTC)
OPEN = auth.Session(
    id="s-1", created_at=NOW, last_used_at=NOW, expires_at=NOW, client_address="203.0.113.9", current=False
)


def place(number: int) -> str:
    """The id of what was made so far down in time."""
    return str(UUID(int=number))


def a_session_opened(id_: str, customer_id: str) -> AuditEntry:
    return AuditEntry(
        id=id_,
        at=NOW,
        action="session.open",
        outcome="OK",
        actor_role="customer",
        actor=customer_id,
        session=None,
        subject_kind="customer",
        subject=customer_id,
        client_network="203.0.113.0/24",
        trace_id=None,
        request_id=None,
        times=1,
    )


def an_order(id_: str, customer_id: str) -> Order:
    return Order(
        id=id_,
        customer_id=customer_id,
        status="paid",
        origin="welcome",
        items=(),
        total=Decimal("1.00"),
        created_at=NOW,
        updated_at=NOW,
    )


def a_payment(id_: str) -> Payment:
    return Payment(id=id_, order_id=place(1), status="completed", amount=Decimal("1.00"), created_at=NOW)


def a_notification(id_: str, customer_id: str) -> Notification:
    return Notification(id=id_, customer_id=customer_id, kind="welcome", status="sent", created_at=NOW)


@dataclass(slots=True)
class Others:
    """All of it the oldest first. `away` holds the contracts that nobody answers."""

    orders: Sequence[Order] = ()
    payments: Sequence[Payment] = ()
    notifications: Sequence[Notification] = ()
    entries: Sequence[AuditEntry] = ()
    at_once: int = 100
    away: set[str] = field(default_factory=set[str])
    asked: list[Struct] = field(default_factory=list[Struct])

    async def call[Request: Struct, Reply: Struct](self, contract: Contract[Request, Reply], request: Request) -> Reply:
        if contract.subject in self.away:
            raise Unavailable
        self.asked.append(request)
        answer: Any = self._answer(contract.subject, request)
        return answer

    def _answer(self, subject: str, request: Struct) -> Struct:
        if subject == auth.sessions_of.subject:
            return auth.Sessions(items=(OPEN,))
        assert isinstance(request, WhatIsKept | WhichEntries)
        before = request.before or "~"
        if subject == audit.auth.subject:
            return self._page(AuditPage, self.entries, before)
        if subject == order.orders_of.subject:
            return self._page(KeptOrders, self.orders, before)
        if subject == payment.payments_of.subject:
            return self._page(KeptPayments, self.payments, before)
        assert subject == notification.notifications_of.subject
        return self._page(KeptNotifications, self.notifications, before)

    def _page(self, kind: Any, kept: Sequence[Any], before: str) -> Struct:
        found = [each for each in reversed(kept) if each.id < before]
        items = tuple(found[: self.at_once])
        return kind(items=items, next=items[-1].id if len(found) > len(items) else UNSET)
