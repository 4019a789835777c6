"""Answers auth.listApiKeys."""

from dataclasses import dataclass

from contracts.api_keys import ApiKeyPage, Page
from flowkit.call import Call

from auth_service.ports import ApiKeys


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    keys: ApiKeys

    async def run(self, request: Page, call: Call) -> ApiKeyPage:
        with call.step("Fetching API keys"):
            items = await self.keys.page(request.page, request.limit)
        with call.step("Counting API keys"):
            total = await self.keys.count()
        return ApiKeyPage(items=tuple(items), total=total, page=request.page, limit=request.limit)
