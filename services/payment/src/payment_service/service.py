"""payment: what it reacts to, and the one thing another service may ask."""

from contracts import order, payment
from contracts.bus import callers
from flowkit.service import Service, on, serve

from payment_service.flows.list_payments_of import ListPaymentsOf
from payment_service.flows.process_payment import ProcessPayment
from payment_service.ports import Provider, Store


def build_service(store: Store, provider: Provider) -> Service:
    return Service(
        "payment",
        [
            serve(payment.payments_of, ListPaymentsOf(store)),
            on(order.created, ProcessPayment(provider), store),
        ],
        callers=callers("payment"),
    )
