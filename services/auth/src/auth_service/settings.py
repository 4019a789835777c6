"""What auth reads from its environment."""

from typing import Annotated

from flowkit.process.settings import DatabaseSettings
from msgspec import Meta


class Settings(DatabaseSettings, frozen=True, kw_only=True):
    token_lifetime_s: Annotated[int, Meta(ge=60, le=86_400)] = 3600
    identity_lifetime_s: Annotated[int, Meta(ge=30, le=900)] = 300
