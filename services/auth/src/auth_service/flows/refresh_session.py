"""Answers auth.refresh."""

from dataclasses import dataclass
from datetime import timedelta

from contracts.auth import InvalidToken, RefreshToken, SignedIn
from flowkit.call import Call

from auth_service.flows import on_record
from auth_service.ports import Held, OpenSession, Revocations, SessionStore, SessionTransaction
from auth_service.token_pairs import TokenPairs, digest


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Exchange a refresh token for its one successor. One that was spent before ends its session at once.

    For a moment, `grace`, it is answered again all the same: two tabs of one browser, or an answer lost on its way, are
    no theft. Since the successor follows from the token, both get the same one and there is nothing to choose from.
    """

    store: SessionStore
    pairs: TokenPairs
    revocations: Revocations
    grace: timedelta

    async def run(self, request: RefreshToken, call: Call) -> SignedIn:
        successor = self.pairs.successor(request.refresh_token)
        if successor is None:
            raise InvalidToken
        with call.step("Exchanging refresh token"):
            async with self.store.transaction() as tx:
                session = await self._exchange(tx, digest(request.refresh_token), digest(successor), call)
        # Not inside: what raises in a transaction undoes it.
        if isinstance(session, _Stolen):
            call.step("Announcing the end of the session")
            await self.revocations.announce([session.session], "reuse")
            raise InvalidToken
        call.step("Signing access token")
        return self.pairs.of(session, successor)

    async def _exchange(
        self, tx: SessionTransaction, token: bytes, successor: bytes, call: Call
    ) -> "OpenSession | _Stolen":
        held = await tx.hold(token, successor)
        if held is None:
            raise InvalidToken
        session = held.session
        call.about(session.who.role, session.who.id)
        if held.spent_for is None:
            return await tx.spend(session, token, successor)
        if self._is_repetition(held):
            call.step("Answering with the same successor again")
            return session
        call.step("Ending the session, since a spent refresh token was used")
        ended = await tx.end(session.id, "reuse")
        await tx.record(*on_record.ended(call, session.who.role, session.who.id, ended, "reuse"))
        return _Stolen(session.id)

    def _is_repetition(self, held: Held) -> bool:
        in_time = held.spent_for is not None and held.spent_for <= self.grace.total_seconds()
        return in_time and not held.successor_spent


@dataclass(frozen=True, slots=True)
class _Stolen:
    session: str
