"""Verifies the signed identity a request carries; remembers what it has proven until that runs out."""

import asyncio
import base64
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from flowkit.contract import FlowError, Identity, Unauthorized
from flowkit.security import tokens
from flowkit.security.revoked import RevokedSessions
from flowkit.security.tokens import BadToken, Proven, PublicKeys, UnknownKey

_MOST_REMEMBERED = 10_000
# Junk key ids must not turn into a storm of questions to auth.
_REFETCH_AFTER_S = 2.0
_log = structlog.get_logger("flowkit.security")


def public_key(x: str) -> Ed25519PublicKey:
    """From the `x` of a JWK."""
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))


@dataclass(slots=True)
class IdentityVerifier:
    """`fetch` asks auth for its public keys. It is asked on first need, and again when an unknown key turns up."""

    fetch: Callable[[], Awaitable[PublicKeys]]
    revoked: RevokedSessions = field(default_factory=RevokedSessions)
    _keys: PublicKeys = field(default_factory=dict[str, Ed25519PublicKey])
    _fetched_at: float = float("-inf")
    _fetching: asyncio.Task[None] | None = None
    _proven: OrderedDict[str, Proven] = field(default_factory=OrderedDict[str, Proven])

    async def verify(self, token: str) -> Identity:
        proven = self._proven.get(token)
        if proven is None or proven.expires_at <= time.time():
            proven = await self._prove_anew(token)
        if proven.identity.session in self.revoked:
            _log.warning("identity refused", reason="its session has ended")
            raise Unauthorized
        return proven.identity

    async def _prove_anew(self, token: str) -> Proven:
        try:
            proven = await self._prove(token)
        except BadToken as fault:
            _log.warning("identity refused", reason=str(fault))
            raise Unauthorized from fault
        self._remember(token, proven)
        return proven

    async def _prove(self, token: str) -> Proven:
        try:
            return tokens.verify(token, tokens.INTERNAL, self._keys)
        except UnknownKey:
            await self.refresh()
            return tokens.verify(token, tokens.INTERNAL, self._keys)

    async def refresh(self) -> None:
        """Ask for the keys, once however many are waiting; a task of its own carries no request's trace or deadline."""
        if self._fetching is None:
            if time.monotonic() - self._fetched_at < _REFETCH_AFTER_S:
                return
            self._fetching = asyncio.get_running_loop().create_task(self._fetch(), context=Context())
            self._fetching.add_done_callback(_heed)
        await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        try:
            self._keys = await self.fetch()
            self._fetched_at = time.monotonic()
        except FlowError as fault:
            _log.warning("public keys could not be fetched", error_code=fault.code)
            raise
        finally:
            self._fetching = None

    def _remember(self, token: str, proven: Proven) -> None:
        self._proven[token] = proven
        if len(self._proven) > _MOST_REMEMBERED:
            self._proven.popitem(last=False)


def _heed(fetching: asyncio.Task[None]) -> None:
    """Whoever waited may be gone; its fault was logged where it happened."""
    if not fetching.cancelled():
        fetching.exception()
