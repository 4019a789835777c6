"""The keys auth signs with and verifies by."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flowkit.contract import Identity
from flowkit.contract.keys import PublicKey, PublicKeys
from flowkit.security import tokens
from flowkit.security.tokens import Kind, Proven, SigningKey

from auth_service.ports import KeyStore, StoredKey


@dataclass(frozen=True, slots=True)
class Keyring:
    signing: SigningKey
    public: dict[str, Ed25519PublicKey]

    @classmethod
    async def load(cls, store: KeyStore) -> "Keyring":
        """The stored keys; on the very first start, a new one."""
        return cls.of(await store.keep_first(new_key()))

    @classmethod
    def of(cls, stored: Sequence[StoredKey]) -> "Keyring":
        private = {key.kid: Ed25519PrivateKey.from_private_bytes(key.private_key) for key in stored}
        newest = next(key.kid for key in stored if not key.retired)
        return cls(SigningKey(newest, private[newest]), {kid: key.public_key() for kid, key in private.items()})

    def sign(self, kind: Kind, identity: Identity, lifetime: timedelta) -> str:
        return self.signing.sign(kind, identity, lifetime)

    def sign_service(self, name: str, lifetime: timedelta) -> str:
        return self.signing.sign_service(name, lifetime)

    def verify(self, token: str, kind: Kind) -> Proven:
        return tokens.verify(token, kind, self.public)

    def published(self) -> PublicKeys:
        return PublicKeys(keys=tuple(PublicKey(kid=kid, x=_x(key)) for kid, key in self.public.items()))


def new_key() -> StoredKey:
    return StoredKey(secrets.token_hex(8), Ed25519PrivateKey.generate().private_bytes_raw())


def _x(key: Ed25519PublicKey) -> str:
    return base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode()
