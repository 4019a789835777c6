"""Answers admin.getList."""

from dataclasses import dataclass

from contracts.admin import AdminPage, Page
from flowkit.call import Call

from admin_service.ports import Store


@dataclass(frozen=True, slots=True)
class ListAdmins:
    """Show a page of admins, in the order they were made."""

    store: Store

    async def run(self, request: Page, call: Call) -> AdminPage:
        async with self.store.reading() as tx:
            with call.step("Fetching admin list"):
                items = await tx.page(request.page, request.limit)
            with call.step("Counting total admins"):
                total = await tx.count()
        return AdminPage(items=tuple(items), total=total, page=request.page, limit=request.limit)
