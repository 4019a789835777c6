"""What auth reads from its environment."""

import base64
from typing import Annotated

from flowkit.process.settings import DatabaseSettings, Secret
from msgspec import Meta

EncryptionKey = Annotated[
    Secret, Meta(pattern=r"^([0-9A-Fa-f]{64}|[A-Za-z0-9+/_-]{43}=?)$", description="32 bytes, in hex or base64")
]
_HEX_DIGITS = 64


class Settings(DatabaseSettings, frozen=True, kw_only=True):
    keys_encryption_key: EncryptionKey
    """Under which private keys are sealed in the database."""
    token_lifetime_s: Annotated[int, Meta(ge=60, le=86_400)] = 3600
    identity_lifetime_s: Annotated[int, Meta(ge=30, le=900)] = 300

    @property
    def encryption_key(self) -> bytes:
        text = self.keys_encryption_key.reveal()
        if len(text) == _HEX_DIGITS:
            return bytes.fromhex(text)
        return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_").rstrip("=") + "=")
