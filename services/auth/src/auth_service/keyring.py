"""The keys auth signs with and verifies by."""

import base64
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flowkit.contract import Identity
from flowkit.contract.keys import PublicKey, PublicKeys
from flowkit.security import tokens
from flowkit.security.tokens import Kind, Proven, SigningKey, UnknownKey

from auth_service import rotation
from auth_service.ports import StoredKey

# Junk key ids must not turn into a storm of queries.
_LOOK_AGAIN_S = 1.0


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Keyring:
    """Whoever looks after it puts other keys in the place of these; which of them signs is a matter of time alone."""

    stored: Sequence[StoredKey]
    clock: Callable[[], datetime] = _utc
    look_again: Callable[[], Awaitable[None]] | None = None
    _looked_at: float = field(default=float("-inf"), init=False)
    public: dict[str, Ed25519PublicKey] = field(init=False)
    _private: dict[str, Ed25519PrivateKey] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.hold(self.stored)

    def hold(self, stored: Sequence[StoredKey]) -> None:
        self.stored = stored
        self._private = {key.kid: Ed25519PrivateKey.from_private_bytes(key.private_key) for key in stored}
        self.public = {kid: key.public_key() for kid, key in self._private.items()}

    @property
    def signing(self) -> SigningKey:
        kid = rotation.signing(self.stored, self.clock()).kid
        return SigningKey(kid, self._private[kid])

    def sign(self, kind: Kind, identity: Identity, lifetime: timedelta) -> str:
        return self.signing.sign(kind, identity, lifetime)

    def sign_service(self, name: str, lifetime: timedelta) -> str:
        return self.signing.sign_service(name, lifetime)

    def verify(self, token: str, kind: Kind) -> Proven:
        return tokens.verify(token, kind, self.public)

    async def prove(self, token: str, kind: Kind) -> Proven:
        """The same, but that a key which is not known yet is looked for: another replica may have made it."""
        try:
            return self.verify(token, kind)
        except UnknownKey:
            now = time.monotonic()
            if self.look_again is None or now - self._looked_at < _LOOK_AGAIN_S:
                raise
            self._looked_at = now
            await self.look_again()
            return self.verify(token, kind)

    def published(self) -> PublicKeys:
        """Those that do not sign yet too, so that they are known before they do."""
        return PublicKeys(keys=tuple(PublicKey(kid=kid, x=_x(key)) for kid, key in self.public.items()))


def _x(key: Ed25519PublicKey) -> str:
    return base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()
