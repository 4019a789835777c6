"""payment: what was asked for an order, and whether it was paid."""

from datetime import datetime
from typing import Literal

from flowkit.contract import Event, Fact, Id, Query, Reply, only
from msgspec import UNSET, UnsetType

from contracts.kept import WhatIsKept
from contracts.money import Amount, some_money

Status = Literal["completed", "failed"]
Refusal = Literal["declined"]


class Payment(Reply):
    """`reason` is told of what failed."""

    id: str
    order_id: str
    status: Status
    amount: Amount
    created_at: datetime
    reason: Refusal | UnsetType = UNSET


class KeptPayments(Reply):
    """Where there is more, `next` is what to ask for payments before."""

    items: tuple[Payment, ...]
    next: str | UnsetType = UNSET


class PaymentCompleted(Fact):
    payment_id: Id
    order_id: Id
    customer_id: Id
    amount: Amount

    def __post_init__(self) -> None:
        some_money(self.amount)


class PaymentFailed(Fact):
    payment_id: Id
    order_id: Id
    customer_id: Id
    amount: Amount
    reason: Refusal

    def __post_init__(self) -> None:
        some_money(self.amount)


payments_of = Query("api.v1.payment.paymentsOf", WhatIsKept, KeptPayments, access=only("customer"))

ALL = (payments_of,)

completed = Event("payment.completed", PaymentCompleted, key=lambda told: told.order_id)
failed = Event("payment.failed", PaymentFailed, key=lambda told: told.order_id)
