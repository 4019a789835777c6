"""Answers notification.notificationsOf."""

from dataclasses import dataclass

from contracts.kept import MOST, WhatIsKept
from contracts.notification import KeptNotifications
from flowkit.call import Call
from msgspec import UNSET

from notification_service.ports import Store


@dataclass(frozen=True, slots=True)
class ListNotificationsOf:
    """Tell another service what somebody it keeps was told."""

    store: Store

    async def run(self, request: WhatIsKept, call: Call) -> KeptNotifications:
        call.about("customer", request.customer_id)
        with call.step("Fetching notifications"):
            async with self.store.reading() as tx:
                newest = await tx.newest(request.customer_id, request.before or None, MOST + 1)
        items = tuple(newest[:MOST])
        return KeptNotifications(items=items, next=items[-1].id if len(newest) > MOST else UNSET)
