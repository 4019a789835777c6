"""notification: what customers were told about what happened."""

from datetime import datetime
from typing import Literal

from flowkit.contract import Id, Limit, PageNumber, Payload, Query, Reply, only, role
from msgspec import UNSET, UnsetType

from contracts.kept import WhatIsKept

Kind = Literal["welcome", "order_received", "payment_completed", "payment_failed"]
Status = Literal["waiting", "sent", "undeliverable"]
# Their account is gone, their address is refused, or it could not be sent for too long.
Reason = Literal["customer_gone", "refused", "too_late"]


class WhichNotifications(Payload):
    """Those of one customer, the newest first."""

    customer_id: Id
    page: PageNumber = 1
    limit: Limit = 10


class Notification(Reply):
    """`reason` is told of what is undeliverable."""

    id: str
    customer_id: str
    kind: Kind
    status: Status
    created_at: datetime
    order_id: str | UnsetType = UNSET
    sent_at: datetime | UnsetType = UNSET
    reason: Reason | UnsetType = UNSET


class NotificationPage(Reply):
    items: tuple[Notification, ...]
    total: int
    page: int
    limit: int


class KeptNotifications(Reply):
    """Where there is more, `next` is what to ask for notifications before."""

    items: tuple[Notification, ...]
    next: str | UnsetType = UNSET


get_list = Query("api.v1.notification.getList", WhichNotifications, NotificationPage, access=role("admin"))

notifications_of = Query("api.v1.notification.notificationsOf", WhatIsKept, KeptNotifications, access=only("customer"))

ALL = (get_list, notifications_of)
