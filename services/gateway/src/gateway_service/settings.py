"""The gateway's settings."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal, override

from flowkit.process.settings import CLOSING_S, BadSettings, Port, Problem, ServiceSettings
from msgspec import Meta

ForwardedBy = Literal["x-forwarded-for", "forwarded"]
_A_RATE = r"^(off|[1-9][0-9]{0,6}/(second|minute|hour) burst [1-9][0-9]{0,6})$"
_A_NETWORK = "an address or a network such as 10.0.0.0/8"
Origin = Annotated[str, Meta(pattern=r"^(\*|https?://[^\s/,]+)$", description="https://example.org, or *")]
Network = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$", description=_A_NETWORK)]

RateText = Annotated[str, Meta(pattern=_A_RATE, description="30/minute burst 20, or off")]


class Settings(ServiceSettings, frozen=True, kw_only=True):
    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Port = 3001
    request_timeout_ms: Annotated[int, Meta(ge=10, le=300_000)] = 5000
    drain_grace_ms: Annotated[int, Meta(ge=0, le=60_000)] = 500
    slow_client_s: Annotated[float, Meta(ge=0.2, le=300)] = 10.0
    latency_tolerance: Annotated[float, Meta(ge=0, le=1000)] = 2.5
    hsts_max_age_s: Annotated[int, Meta(ge=0, le=63_072_000)] = 0
    cors_origins: tuple[Origin, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    forwarded_by: ForwardedBy = "x-forwarded-for"
    rate_limits: Literal["on", "off"] = "on"
    # Of people behind one address, 900 can refresh tokens that live for a quarter of an hour.
    limit_signing_in_address: RateText = "60/minute burst 30"
    limit_signing_in_user: RateText = "30/minute burst 20"
    limit_reading_address: RateText = "100/second burst 400"
    limit_reading_user: RateText = "50/second burst 200"
    limit_writing_address: RateText = "50/second burst 200"
    limit_writing_user: RateText = "20/second burst 100"
    limit_unknown_tokens: RateText = "60/minute burst 60"

    def __post_init__(self) -> None:
        try:
            self.proxies  # noqa: B018 - a pattern cannot tell whether they are any
        except ValueError as fault:
            raise BadSettings((Problem("TRUSTED_PROXIES", f"expects {_A_NETWORK}: {fault}"),)) from None

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(map(ip_network, self.trusted_proxies))

    @property
    @override
    def longest_stop_s(self) -> float:
        """It sends its clients elsewhere first, and answers what they have asked."""
        answering = max(self.stop_timeout_s, self.request_timeout_ms / 1000 + 1)
        return self.drain_grace_ms / 1000 + answering + CLOSING_S
