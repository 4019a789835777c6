"""Answers notification.getList."""

from dataclasses import dataclass

from contracts.notification import NotificationPage, WhichNotifications
from flowkit.call import Call

from notification_service.ports import Store


@dataclass(frozen=True, slots=True)
class ListNotifications:
    """Show an admin a page of what a customer was told, the newest first."""

    store: Store

    async def run(self, request: WhichNotifications, call: Call) -> NotificationPage:
        call.about("customer", request.customer_id)
        async with self.store.reading() as tx:
            with call.step("Fetching notifications"):
                items = await tx.page(request.customer_id, request.page, request.limit)
            with call.step("Counting total notifications"):
                total = await tx.count(request.customer_id)
        return NotificationPage(items=tuple(items), total=total, page=request.page, limit=request.limit)
