"""What auth reads from its environment."""

import base64
from datetime import timedelta
from typing import Annotated

from flowkit.process.settings import DatabaseSettings, Secret
from flowkit.security.tokens import LEEWAY_S, LONGEST_IDENTITY_S
from flowkit.streams.declared import StreamOptions
from msgspec import Meta

from auth_service.ports import Lifetimes
from auth_service.rotation import Rotation

EncryptionKey = Annotated[
    Secret, Meta(pattern=r"^([0-9A-Fa-f]{64}|[A-Za-z0-9+/_-]{43}=?)$", description="32 bytes, in hex or base64")
]
_HEX_DIGITS = 64


class Settings(DatabaseSettings, frozen=True, kw_only=True):
    keys_encryption_key: EncryptionKey
    """Under which private keys are sealed in the database."""
    key_rotation_days: Annotated[int, Meta(ge=1, le=365)] = 30
    key_lead_s: Annotated[int, Meta(ge=0, le=86_400)] = 600
    """For so long a new key is published before it signs."""
    token_lifetime_s: Annotated[int, Meta(ge=60, le=86_400)] = 900
    identity_lifetime_s: Annotated[int, Meta(ge=30, le=LONGEST_IDENTITY_S)] = 60
    refresh_lifetime_s: Annotated[int, Meta(ge=60, le=31_536_000)] = 2_592_000
    """How long a session lasts that nobody refreshes: 30 days."""
    session_lifetime_s: Annotated[int, Meta(ge=60, le=31_536_000)] = 7_776_000
    """How long it lasts at most, however often it is refreshed: 90 days."""
    refresh_grace_s: Annotated[float, Meta(ge=0, le=60)] = 10.0
    events_replicas: Annotated[int, Meta(ge=1, le=5)] = 1
    events_days: Annotated[int, Meta(ge=1, le=365)] = 7
    """How long an event is kept; a consumer that stands still for longer misses what is older."""
    events_most_bytes: Annotated[int, Meta(ge=1 << 16, le=1 << 44)] = 1 << 30
    events_duplicate_window_s: Annotated[int, Meta(ge=1, le=86_400)] = 120
    events_ack_wait_s: Annotated[float, Meta(ge=1, le=600)] = 10.0
    dead_letters_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    dead_letters_most_bytes: Annotated[int, Meta(ge=1 << 16, le=1 << 44)] = 1 << 28

    @property
    def token_lifetime(self) -> timedelta:
        return timedelta(seconds=self.token_lifetime_s)

    @property
    def session_lifetimes(self) -> Lifetimes:
        return Lifetimes(timedelta(seconds=self.refresh_lifetime_s), timedelta(seconds=self.session_lifetime_s))

    @property
    def rotation(self) -> Rotation:
        longest = max(self.token_lifetime_s, self.identity_lifetime_s) + LEEWAY_S
        days, lead = timedelta(days=self.key_rotation_days), timedelta(seconds=self.key_lead_s)
        return Rotation(every=days, lead=lead, longest=timedelta(seconds=longest))

    @property
    def streams(self) -> StreamOptions:
        return StreamOptions(
            replicas=self.events_replicas,
            days=self.events_days,
            most_bytes=self.events_most_bytes,
            duplicate_window_s=self.events_duplicate_window_s,
            ack_wait_s=self.events_ack_wait_s,
            dead_letter_days=self.dead_letters_days,
            dead_letter_most_bytes=self.dead_letters_most_bytes,
        )

    @property
    def encryption_key(self) -> bytes:
        text = self.keys_encryption_key.reveal()
        if len(text) == _HEX_DIGITS:
            return bytes.fromhex(text)
        return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_").rstrip("=") + "=")
