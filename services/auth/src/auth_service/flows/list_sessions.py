"""Answers auth.sessions."""

from dataclasses import dataclass

from contracts.auth import Sessions
from flowkit.call import Call
from flowkit.contract import Nothing
from msgspec.structs import replace

from auth_service.ports import SessionStore


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Show the caller where they are signed in, and which of it is this."""

    store: SessionStore

    async def run(self, _: Nothing, call: Call) -> Sessions:
        user = call.user
        call.about(user.role, user.id)
        with call.step("Fetching sessions"):
            async with self.store.reading() as tx:
                found = await tx.open_of(user.id, user.role)
        return Sessions(items=tuple(replace(each, current=each.id == user.session) for each in found))
