"""Answers auth.revokeApiKey."""

from dataclasses import dataclass

from contracts.api_keys import ApiKeyRef, MoreThanYours, NoSuchApiKey, WhichApiKey
from flowkit.call import Call

from auth_service.ports import ApiKeys, Revocations


@dataclass(frozen=True, slots=True)
class RevokeApiKey:
    """A key is no more, and neither is what it vouched for."""

    keys: ApiKeys
    revocations: Revocations

    async def run(self, request: WhichApiKey, call: Call) -> ApiKeyRef:
        call.about("machine", request.id)
        call.step("Checking permission")
        found = await self.keys.find(request.id)
        if found is None:
            raise NoSuchApiKey
        if call.user.is_api_key or (found.root and not call.user.root):
            raise MoreThanYours
        with call.step("Deleting it"):
            if not await self.keys.remove(request.id, call):
                raise NoSuchApiKey
        call.step("Telling everyone")
        await self.revocations.announce((request.id,), "api_key")
        return ApiKeyRef(id=request.id)
