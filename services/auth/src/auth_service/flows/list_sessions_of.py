"""Answers auth.sessionsOf."""

from dataclasses import dataclass

from contracts.auth import Sessions, Whose
from flowkit.call import Call
from flowkit.contract import ServiceNotPermitted

from auth_service.ports import SessionStore


@dataclass(frozen=True, slots=True)
class ListSessionsOf:
    """Tell another service which sessions are open of somebody it keeps."""

    store: SessionStore

    async def run(self, request: Whose, call: Call) -> Sessions:
        call.about(request.role, request.id)
        if call.service != request.role:
            raise ServiceNotPermitted
        with call.step("Listing sessions"):
            async with self.store.reading() as tx:
                found = await tx.open_of(request.id, request.role)
        return Sessions(items=tuple(found))
