"""Answers auth.validate."""

import time
from dataclasses import dataclass
from datetime import timedelta

from contracts.auth import InvalidToken, NoToken, TokenToValidate, Validated, WrongRole
from flowkit.call import Call
from flowkit.security.tokens import ACCESS, INTERNAL, BadToken, Proven
from msgspec import UNSET

from auth_service.api_key import PREFIX
from auth_service.flows.prove_api_key import ProveApiKey
from auth_service.keyring import Keyring
from auth_service.ports import SessionStore


@dataclass(frozen=True, slots=True)
class ValidateToken:
    """Say who is behind a token, and vouch for it with a signed identity."""

    keyring: Keyring
    sessions: SessionStore
    api_keys: ProveApiKey
    identity_lifetime: timedelta

    async def run(self, request: TokenToValidate, call: Call) -> Validated:
        if not request.token:
            raise NoToken
        proven = await self._prove(request.token, call)
        user = proven.identity
        call.about(user.role, user.id)
        call.step("Checking role requirement")
        if request.required_role is not UNSET and user.role != request.required_role:
            raise WrongRole
        return Validated(
            id=user.id,
            email=user.email,
            role=user.role,
            root=user.root if user.role == "admin" else UNSET,
            identity=self._vouch(proven),
        )

    async def _prove(self, token: str, call: Call) -> Proven:
        if token.startswith(PREFIX):
            with call.step("Looking up API key"):
                return await self.api_keys.of(token)
        with call.step("Verifying token signature"):
            proven = await self._verified(token)
            is_open = await self._is_open(proven.identity.session)
        if not is_open:
            call.about(proven.identity.role, proven.identity.id)
            call.step("Finding that its session has ended")
            raise InvalidToken
        return proven

    async def _verified(self, token: str) -> Proven:
        try:
            return await self.keyring.prove(token, ACCESS)
        except BadToken as fault:
            raise InvalidToken from fault

    async def _is_open(self, session: str) -> bool:
        if not session:  # a token of an earlier version
            return False
        async with self.sessions.reading() as tx:
            return await tx.is_open(session)

    def _vouch(self, proven: Proven) -> str:
        """The identity lives for minutes, and never longer than the token it stands for."""
        left = max(1.0, proven.expires_at - time.time())
        lifetime = min(left, self.identity_lifetime.total_seconds())
        return self.keyring.sign(INTERNAL, proven.identity, timedelta(seconds=lifetime))
