"""Answers auth.endSessions."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.auth import Ended, SessionsToEnd
from flowkit.call import Call
from flowkit.contract import ServiceNotPermitted
from msgspec import UNSET

from auth_service.flows import on_record
from auth_service.ports import Revocations, SessionStore, SessionTransaction


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
                keys = await self._revoke_keys(tx, request, call)
                if request.why == "deleted":
                    call.step("Forgetting what was kept of them")
                    await tx.forget(request.id, request.role)
        call.step("Announcing the end of the sessions")
        await self.revocations.announce(ended, request.why)
        await self.revocations.announce(keys, "api_key")
        return Ended(ended=len(ended))

    async def _revoke_keys(self, tx: SessionTransaction, request: SessionsToEnd, call: Call) -> Sequence[str]:
        """What they could not do any more themselves, no machine of theirs goes on doing. A new password is no loss."""
        if request.role != "admin" or request.why == "password_changed":
            return ()
        call.step("Revoking the API keys they made")
        keys = await tx.revoke_keys_of(request.id)
        await tx.record(*on_record.revoked(call, keys))
        return keys
