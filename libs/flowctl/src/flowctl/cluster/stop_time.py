"""How long a service may take to stop before it is killed: what it allows itself, and a little to see its end."""

from collections.abc import Mapping
from typing import override

from flowkit.process.settings import CLOSING_S, BadSettings, ServiceSettings, read

from flowctl.cluster.services import GATEWAY

TO_BE_SEEN_S = 0.5


class GatewaySettings(ServiceSettings, frozen=True, kw_only=True):
    """As far as they decide how long it takes; a test holds them against the gateway's own."""

    request_timeout_ms: int = 5000
    drain_grace_ms: int = 500

    @property
    @override
    def longest_stop_s(self) -> float:
        answering = max(self.stop_timeout_s, self.request_timeout_ms / 1000 + 1)
        return self.drain_grace_ms / 1000 + answering + CLOSING_S


def stop_within_s(service: str, environ: Mapping[str, str]) -> float:
    settings = GatewaySettings if service == GATEWAY else ServiceSettings
    try:
        return read(settings, environ).longest_stop_s + TO_BE_SEEN_S
    except BadSettings:
        return settings().longest_stop_s + TO_BE_SEEN_S  # the service itself says what is wrong with them
