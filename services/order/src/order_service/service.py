"""order: what it serves, and what it does when something has happened."""

from contracts import customer, order, payment
from contracts.bus import callers
from flowkit.service import Service, on, serve

from order_service.flows.create_order import CreateOrder
from order_service.flows.get_order import GetOrder
from order_service.flows.give_welcome_order import GiveWelcomeOrder
from order_service.flows.list_orders import ListOrders
from order_service.flows.list_orders_of import ListOrdersOf
from order_service.flows.mark_failed import MarkFailed
from order_service.flows.mark_paid import MarkPaid
from order_service.ports import Store


def build_service(store: Store) -> Service:
    return Service(
        "order",
        [
            serve(order.create, CreateOrder(store)),
            serve(order.get_list, ListOrders(store)),
            serve(order.get, GetOrder(store)),
            serve(order.orders_of, ListOrdersOf(store)),
            on(customer.registered, GiveWelcomeOrder(), store),
            on(payment.completed, MarkPaid(), store),
            on(payment.failed, MarkFailed(), store),
        ],
        callers=callers("order"),
    )
