"""Answers auth.logout."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.auth import Ended, Leaving
from flowkit.call import Call

from auth_service.flows import on_record
from auth_service.ports import Revocations, SessionStore, Why


@dataclass(frozen=True, slots=True)
class LogOut:
    """End the caller's session, or every one they have."""

    store: SessionStore
    revocations: Revocations

    async def run(self, request: Leaving, call: Call) -> Ended:
        call.about(call.user.role, call.user.id)
        why: Why = "logout_all" if request.all else "logout"
        with call.step("Ending all sessions" if request.all else "Ending session"):
            ended = await self._end(why, call)
        call.step("Announcing the end of the sessions" if request.all else "Announcing the end of the session")
        await self.revocations.announce(ended, why)
        return Ended(ended=len(ended))

    async def _end(self, why: Why, call: Call) -> Sequence[str]:
        async with self.store.transaction() as tx:
            if why == "logout_all":
                ended = await tx.end_all(call.user.id, call.user.role, why)
            else:
                ended = await tx.end(call.user.session, why)
            await tx.record(*on_record.ended(call, call.user.role, call.user.id, ended, why))
        return ended
