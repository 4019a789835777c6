"""notification: what it reacts to, and what it can be asked."""

from contracts import customer, notification, order, payment
from contracts.bus import callers
from flowkit.service import Service, Transactions, on, serve

from notification_service.flows.list_notifications import ListNotifications
from notification_service.flows.list_notifications_of import ListNotificationsOf
from notification_service.flows.tell_of_order import TellOfOrder
from notification_service.flows.welcome_customer import WelcomeCustomer
from notification_service.ports import Store, Transaction


def build_service(store: Store, waking: Transactions[Transaction]) -> Service:
    """Reactions put down what is to be sent, in `waking`; the sender sends it."""
    return Service(
        "notification",
        [
            serve(notification.get_list, ListNotifications(store)),
            serve(notification.notifications_of, ListNotificationsOf(store)),
            on(customer.registered, WelcomeCustomer(), waking),
            on(order.created, TellOfOrder("order_received"), waking),
            on(payment.completed, TellOfOrder("payment_completed"), waking),
            on(payment.failed, TellOfOrder("payment_failed"), waking),
        ],
        callers=callers("notification"),
    )
