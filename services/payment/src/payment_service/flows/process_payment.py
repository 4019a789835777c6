"""Reacts to order.created."""

from dataclasses import dataclass

from contracts import payment
from contracts.order import OrderCreated
from contracts.payment import PaymentCompleted, PaymentFailed, Refusal
from flowkit.call import Call

from payment_service.ports import Charge, Provider, Transaction


@dataclass(frozen=True, slots=True)
class ProcessPayment:
    """Ask for what an order costs, once, and tell everyone whether it was paid."""

    provider: Provider

    async def run(self, event: OrderCreated, call: Call, tx: Transaction) -> None:
        call.about("order", event.order_id)
        call.about("customer", event.customer_id)
        charge = Charge(event.order_id, event.customer_id, event.total)
        with call.step("Charging customer"):
            refusal = await self.provider.take(charge)
        call.step("Recording payment")
        payment_id = await tx.add(charge, refusal)
        if payment_id is None:
            # Announced with the first one, or not at all: they were committed together.
            call.step("Order has its payment already")
            return
        call.about("payment", payment_id)
        call.step("Announcing payment completed" if refusal is None else "Announcing payment failed")
        await _announce(tx, payment_id, charge, refusal)


async def _announce(tx: Transaction, payment_id: str, charge: Charge, refusal: Refusal | None) -> None:
    order_id, customer_id, amount = charge.order_id, charge.customer_id, charge.amount
    if refusal is None:
        completed = PaymentCompleted(payment_id=payment_id, order_id=order_id, customer_id=customer_id, amount=amount)
        await tx.publish(payment.completed, completed)
        return
    failed = PaymentFailed(
        payment_id=payment_id, order_id=order_id, customer_id=customer_id, amount=amount, reason=refusal
    )
    await tx.publish(payment.failed, failed)
