"""The greatest page there can be is one the bus can carry."""

from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest
from contracts.admin import Admin, AdminPage
from contracts.customer import Customer, CustomerExport, CustomerPage, OpenSession, Trail
from contracts.kept import MOST, MOST_ENTRIES
from contracts.kept import MOST_ITEMS as MOST_ORDERED
from contracts.notification import KeptNotifications, Notification, NotificationPage
from contracts.order import KeptOrders, Order, OrderedItem, OrderPage, OrderSummary
from contracts.payment import KeptPayments, Payment
from flowkit.contract import Reply
from flowkit.wire import envelope
from flowkit.wire.envelope import Success
from msgspec import Raw

# What nats-server takes unless told otherwise.
LARGEST_MESSAGE = 1024 * 1024
MOST_ITEMS = 100
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
# Four bytes each: no character takes more of a message, escaped or not.
WIDE = "\U0001f600"
EMAIL, NAME, ID = WIDE * 254, WIDE * 100, "0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e"

CUSTOMER = Customer(id=ID, email=EMAIL, first_name=NAME, last_name=NAME, created_at=NOW, updated_at=NOW)
DEAREST = OrderedItem(product_id="product-" + "x" * 92, quantity=9999, price=Decimal("999999.99"))
TOTAL = 100 * 9999 * Decimal("999999.99")
ORDER = Order(
    id=ID,
    customer_id=ID,
    status="pending",
    origin="customer",
    items=(DEAREST,) * 100,
    total=TOTAL,
    created_at=NOW,
    updated_at=NOW,
)
SUMMARY = OrderSummary(
    id=ID,
    customer_id=ID,
    status="pending",
    origin="customer",
    item_count=100,
    total=TOTAL,
    created_at=NOW,
    updated_at=NOW,
)
TOLD = Notification(
    id=ID,
    customer_id=ID,
    kind="payment_completed",
    status="undeliverable",
    created_at=NOW,
    order_id=ID,
    sent_at=NOW,
    reason="customer_gone",
)
# As many orders as there may be, with as much in them as there may be in all.
ORDERS = (msgspec.structs.replace(ORDER, items=(DEAREST,) * (MOST_ORDERED // MOST)),) * MOST
PAID = Payment(id=ID, order_id=ID, status="failed", amount=TOTAL, created_at=NOW, reason="declined")
SESSION = OpenSession(id=ID, created_at=NOW, last_used_at=NOW, expires_at=NOW, client_address="x" * 45)
STEP = Trail(
    at=NOW,
    service="customer",
    action="customer.changePassword",
    outcome="TOO_MANY_REQUESTS",
    by_role="customer",
    by_yourself=False,
    client_network="x" * 49,
    trace_id="0" * 32,
    times=1_000_000,
)
EXPORT = CustomerExport(
    exported_at=NOW,
    customer=CUSTOMER,
    sessions=(SESSION,) * 100,
    orders=ORDERS,
    payments=(PAID,) * MOST,
    notifications=(TOLD,) * MOST,
    trail=(STEP,) * (2 * MOST_ENTRIES),
    next=ID,
)
PAGES = (
    EXPORT,
    KeptOrders(items=ORDERS, next=ID),
    KeptPayments(items=(PAID,) * MOST, next=ID),
    KeptNotifications(items=(TOLD,) * MOST, next=ID),
    NotificationPage(items=(TOLD,) * MOST_ITEMS, total=1, page=1, limit=1),
    AdminPage(items=(Admin(id=ID, email=EMAIL, root=False, created_at=NOW),) * MOST_ITEMS, total=1, page=1, limit=1),
    CustomerPage(items=(CUSTOMER,) * MOST_ITEMS, total=1, page=1, limit=1),
    OrderPage(items=(SUMMARY,) * MOST_ITEMS, total=1, page=1, limit=1),
    ORDER,
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: type(page).__name__)
def test_the_greatest_page_fits_a_message_with_room_to_spare(page: Reply) -> None:
    sealed = envelope.encode(Success(status=200, data=Raw(msgspec.json.encode(page)), trace=["a step"] * 50))

    assert len(sealed) < LARGEST_MESSAGE / 4
