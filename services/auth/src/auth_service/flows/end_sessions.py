"""Answers auth.endSessions."""

from dataclasses import dataclass

from contracts.auth import Ended, SessionsToEnd
from flowkit.call import Call
from flowkit.contract import ServiceNotPermitted
from msgspec import UNSET

from auth_service.flows import on_record
from auth_service.ports import Revocations, SessionStore


@dataclass(frozen=True, slots=True)
class EndSessions:
    """End somebody's sessions, because another service says why."""

    store: SessionStore
    revocations: Revocations

    async def run(self, request: SessionsToEnd, call: Call) -> Ended:
        call.about(request.role, request.id)
        # Each service answers for those it keeps.
        if call.service != request.role:
            raise ServiceNotPermitted
        keep = None if request.keep is UNSET else request.keep
        with call.step("Ending sessions"):
            async with self.store.transaction() as tx:
                ended = await tx.end_all(request.id, request.role, request.why, keep)
                await tx.record(*on_record.ended(call, request.role, request.id, ended, request.why))
                if request.why == "deleted":
                    call.step("Forgetting what was kept of them")
                    await tx.forget(request.id, request.role)
        call.step("Announcing the end of the sessions")
        await self.revocations.announce(ended, request.why)
        return Ended(ended=len(ended))
