"""payment: what it reacts to. It answers nobody; what it has done is told by its events."""

from contracts import order
from contracts.bus import callers
from flowkit.service import Service, Transactions, on

from payment_service.flows.process_payment import ProcessPayment
from payment_service.ports import Provider, Transaction


def build_service(store: Transactions[Transaction], provider: Provider) -> Service:
    return Service("payment", [on(order.created, ProcessPayment(provider), store)], callers=callers("payment"))
