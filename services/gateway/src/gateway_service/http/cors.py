"""Which other sites' pages may call this API: none, unless they are named."""

from dataclasses import dataclass
from typing import Final

from gateway_service.http import rate_headers
from gateway_service.http.answer import Answer, Header
from gateway_service.http.arrival import Arrival

_VARY: Final[Header] = (b"vary", b"origin")
_EXPOSED: Final[Header] = (
    b"access-control-expose-headers",
    b"x-trace-id, x-request-id, retry-after, %b" % b", ".join(rate_headers.EVERY),
)
_PREFLIGHT: Final[tuple[Header, ...]] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, idempotency-key, traceparent, x-api-key, x-trace-id, x-request-id",
    ),
    (b"access-control-max-age", b"600"),
)
_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Cors:
    origins: frozenset[bytes]

    def allowances(self, arrival: Arrival) -> tuple[Header, ...]:
        """What tells a browser that its page may read the answer."""
        if not self.origins:
            return ()
        origin = arrival.one(b"origin")
        if origin is None or not ({origin, b"*"} & self.origins):
            return (_VARY,)
        return ((b"access-control-allow-origin", origin), _EXPOSED, _VARY)

    def preflight(self, arrival: Arrival) -> Answer | None:
        """The answer to a browser that asks before it sends."""
        asked = arrival.method == "OPTIONS" and b"access-control-request-method" in arrival.headers
        return Answer(_NO_CONTENT, b"", _PREFLIGHT) if asked and self.origins else None
