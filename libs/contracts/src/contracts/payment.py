"""payment: what was asked for an order, and whether it was paid."""

from typing import Literal

from flowkit.contract import Event, Fact, Id

from contracts.money import Amount

Refusal = Literal["declined"]


class PaymentCompleted(Fact):
    payment_id: Id
    order_id: Id
    customer_id: Id
    amount: Amount


class PaymentFailed(Fact):
    payment_id: Id
    order_id: Id
    customer_id: Id
    amount: Amount
    reason: Refusal


completed = Event("payment.completed", PaymentCompleted, key=lambda told: told.order_id)
failed = Event("payment.failed", PaymentFailed, key=lambda told: told.order_id)
