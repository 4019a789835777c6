"""What a session is used by: a short access token, and a refresh token that names the next one."""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from contracts.auth import SignedIn
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flowkit.contract import Identity
from flowkit.security.tokens import ACCESS

from auth_service.keyring import Keyring
from auth_service.ports import OpenSession

# By its beginning whoever searches for leaked secrets knows one.
_PREFIX = "flr_"
_BYTES = 32
_FORM = re.compile(r"flr_[A-Za-z0-9_-]{43}")
_PURPOSE = b"the successor of a refresh token"


def succession_key(encryption_key: bytes) -> bytes:
    """For this purpose alone, so that no other use of the key it is made of tells anything of it."""
    return HKDF(SHA256(), _BYTES, salt=None, info=_PURPOSE).derive(encryption_key)


def digest(token: str) -> bytes:
    """What is stored of a token: it has 256 bits nobody can guess, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class TokenPairs:
    keyring: Keyring
    succession: bytes = field(repr=False)
    lifetime: timedelta

    def first(self) -> str:
        return _written(secrets.token_bytes(_BYTES))

    def successor(self, token: str) -> str | None:
        """The one token that may follow: whoever asks again, or asks another instance, is told the same.

        None for what can be no refresh token.
        """
        if not _FORM.fullmatch(token):
            return None
        return _written(hmac.digest(self.succession, token.encode(), "sha256"))

    def of(self, session: OpenSession, refresh_token: str) -> SignedIn:
        lifetime = min(self.lifetime, timedelta(seconds=int(session.seconds_left)))
        who = session.who
        identity = Identity(id=who.id, email=who.email, role=who.role, root=who.root, session=session.id)
        token = self.keyring.sign(ACCESS, identity, lifetime)
        return SignedIn(token=token, refresh_token=refresh_token, expires_in=int(lifetime.total_seconds()))


def _written(random: bytes) -> str:
    return _PREFIX + base64.urlsafe_b64encode(random).rstrip(b"=").decode()
