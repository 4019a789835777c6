"""What is done about a new order: one payment, told once, whatever comes again."""

from decimal import Decimal
from uuid import uuid4

from contracts.order import OrderCreated
from contracts.payment import PaymentCompleted, PaymentFailed
from flowkit.testing.calls import a_call
from payment_service.flows.process_payment import ProcessPayment
from payment_service.simulated import SimulatedProvider

from .fakes import FakeStore


def an_order(total: str = "59.98") -> OrderCreated:
    return OrderCreated(order_id=str(uuid4()), customer_id=str(uuid4()), total=Decimal(total), origin="customer")


async def test_an_order_is_paid_and_everyone_is_told() -> None:
    store, call, order = FakeStore(), a_call(), an_order()

    await ProcessPayment(SimulatedProvider()).run(order, call, store)

    payment_id, charge, refusal = store.payments[order.order_id]
    assert (charge.amount, refusal) == (order.total, None)
    assert store.published == [
        PaymentCompleted(
            payment_id=payment_id, order_id=order.order_id, customer_id=order.customer_id, amount=order.total
        )
    ]
    assert call.steps == ["Charging customer", "Recording payment", "Announcing payment completed"]
    assert call.concerns == {"order": order.order_id, "customer": order.customer_id, "payment": payment_id}


async def test_a_declined_payment_is_kept_and_told_with_its_reason() -> None:
    store, call, order = FakeStore(), a_call(), an_order()

    await ProcessPayment(SimulatedProvider(failing=1.0)).run(order, call, store)

    payment_id, _, refusal = store.payments[order.order_id]
    assert refusal == "declined"
    assert store.published == [
        PaymentFailed(
            payment_id=payment_id,
            order_id=order.order_id,
            customer_id=order.customer_id,
            amount=order.total,
            reason="declined",
        )
    ]
    assert call.steps[-1] == "Announcing payment failed"


async def test_an_order_that_has_its_payment_is_neither_charged_on_record_nor_told_of_again() -> None:
    store, order, again = FakeStore(), an_order(), a_call()
    await ProcessPayment(SimulatedProvider()).run(order, a_call(), store)
    before = dict(store.payments), [*store.published]

    await ProcessPayment(SimulatedProvider(failing=1.0)).run(order, again, store)

    assert (store.payments, store.published) == before
    assert again.steps[-1] == "Order has its payment already"
