"""The gateway's settings."""

from typing import Annotated, override

from flowkit.process.settings import CLOSING_S, Port, ServiceSettings
from msgspec import Meta

Origin = Annotated[str, Meta(pattern=r"^(\*|https?://[^\s/,]+)$", description="https://example.org, or *")]


class Settings(ServiceSettings, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Port = 3001
    request_timeout_ms: Annotated[int, Meta(ge=10, le=300_000)] = 5000
    drain_grace_ms: Annotated[int, Meta(ge=0, le=60_000)] = 500
    cors_origins: tuple[Origin, ...] = ()

    @property
    @override
    def longest_stop_s(self) -> float:
        """It sends its clients elsewhere first, and answers what they have asked."""
        answering = max(self.stop_timeout_s, self.request_timeout_ms / 1000 + 1)
        return self.drain_grace_ms / 1000 + answering + CLOSING_S
