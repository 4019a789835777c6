"""The headers every answer bears, whatever it says: what a browser must not do with it."""

from collections.abc import Container
from typing import Final

from gateway_service.http.answer import Header

# A page that needs more says so itself; an answer that is data needs nothing.
_POLICY: Final[Header] = (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
_NOT_KEPT: Final[Header] = (b"cache-control", b"no-store")
_ALWAYS: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"server", b"gateway"),
)


class Standing:
    """`hsts_max_age_s`: for so long a browser is to come by HTTPS alone, where TLS ends in front of us."""

    def __init__(self, hsts_max_age_s: int = 0) -> None:
        told = b"max-age=%d" % hsts_max_age_s
        self._always = (*_ALWAYS, (b"strict-transport-security", told)) if hsts_max_age_s else _ALWAYS
        self.of_data = (*self._always, _POLICY, _NOT_KEPT)

    def beside(self, given: Container[bytes]) -> tuple[Header, ...]:
        """What an answer with these headers lacks yet."""
        if _POLICY[0] not in given and _NOT_KEPT[0] not in given:
            return self.of_data
        return (*self._always, *(each for each in (_POLICY, _NOT_KEPT) if each[0] not in given))
