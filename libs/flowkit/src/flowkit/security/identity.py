"""Verifies what a request carries, an identity or a service's badge; remembers what it has proven until that ends."""

import base64
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from flowkit.contract import Identity, ServiceUnknown, Unauthorized
from flowkit.security import tokens
from flowkit.security.known_keys import KnownKeys
from flowkit.security.revoked import RevokedSessions
from flowkit.security.tokens import BadToken, Proven, ProvenService, PublicKeys

_MOST_REMEMBERED = 10_000
_log = structlog.get_logger("flowkit.security")


def public_key(x: str) -> Ed25519PublicKey:
    """From the `x` of a JWK."""
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))


@dataclass(slots=True)
class _Remembered[Found: (Proven, ProvenService)]:
    """What was proven, by the token that proved it; the oldest goes first."""

    found: OrderedDict[str, Found] = field(default_factory=OrderedDict[str, Found])

    def of(self, token: str) -> Found | None:
        known = self.found.get(token)
        return None if known is None or known.expires_at <= time.time() else known

    def keep(self, token: str, found: Found) -> Found:
        self.found[token] = found
        if len(self.found) > _MOST_REMEMBERED:
            self.found.popitem(last=False)
        return found


@dataclass(slots=True)
class IdentityVerifier:
    """`fetch` asks auth for its public keys."""

    fetch: Callable[[], Awaitable[PublicKeys]]
    revoked: RevokedSessions = field(default_factory=RevokedSessions)
    keys: KnownKeys = field(init=False)
    _people: _Remembered[Proven] = field(default_factory=_Remembered[Proven])
    _services: _Remembered[ProvenService] = field(default_factory=_Remembered[ProvenService])

    def __post_init__(self) -> None:
        self.keys = KnownKeys(self.fetch, self._forget)

    async def verify(self, token: str) -> Identity:
        self.keys.renew_if_old()
        proven = self._people.of(token) or await self._prove(token)
        if proven.identity.session in self.revoked:
            _log.warning("identity refused", reason="its session has ended")
            raise Unauthorized
        return proven.identity

    async def verify_service(self, token: str) -> str:
        """The name of the service whose badge this is."""
        self.keys.renew_if_old()
        proven = self._services.of(token) or await self._prove_service(token)
        return proven.name

    async def _prove(self, token: str) -> Proven:
        try:
            proven = await self.keys.prove(lambda keys: tokens.verify(token, tokens.INTERNAL, keys))
        except BadToken as fault:
            _log.warning("identity refused", reason=str(fault))
            raise Unauthorized from fault
        return self._people.keep(token, proven)

    async def _prove_service(self, token: str) -> ProvenService:
        try:
            proven = await self.keys.prove(lambda keys: tokens.verify_service(token, keys))
        except BadToken as fault:
            _log.warning("service refused", reason=str(fault))
            raise ServiceUnknown from fault
        return self._services.keep(token, proven)

    def _forget(self) -> None:
        """A key is gone: whatever it has proven is not proven any more."""
        self._people.found.clear()
        self._services.found.clear()
