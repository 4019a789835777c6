"""Answers auth.issue."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.auth import SignedIn, Subject
from flowkit.call import Call
from flowkit.contract import ServiceNotPermitted

from auth_service.flows import on_record
from auth_service.ports import OpenSession, Revocations, SessionStore
from auth_service.token_pairs import TokenPairs, digest

MOST_SESSIONS = 100


@dataclass(frozen=True, slots=True)
class IssueToken:
    """Open a session for whom another service has just recognised, and hand out its first pair of tokens."""

    store: SessionStore
    pairs: TokenPairs
    revocations: Revocations

    async def run(self, request: Subject, call: Call) -> SignedIn:
        call.about(request.role, request.id)
        # Each service vouches for those it keeps: admin for admins, customer for customers.
        if call.service != request.role:
            raise ServiceNotPermitted
        refresh_token = self.pairs.first()
        with call.step("Opening session"):
            session, ended = await self._open(request, refresh_token, call)
        if ended:
            call.step("Announcing the end of the oldest sessions")
            await self.revocations.announce(ended, "too_many")
        call.step("Signing access token")
        return self.pairs.of(session, refresh_token)

    async def _open(self, who: Subject, refresh_token: str, call: Call) -> tuple[OpenSession, Sequence[str]]:
        async with self.store.transaction() as tx:
            opened = await tx.open(who, digest(refresh_token), call.client_address)
            ended = await tx.end_oldest(who, MOST_SESSIONS)
            await tx.record(on_record.opened(call, who.role, who.id, opened.id))
            await tx.record(*on_record.ended(call, who.role, who.id, ended, "too_many"))
        return opened, ended
