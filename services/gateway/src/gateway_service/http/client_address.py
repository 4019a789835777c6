"""Where a client sits: its peer's address, or what proxies we trust say of it, as one is counted by it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import islice
from typing import NamedTuple

from litestar.types import HTTPScope

from gateway_service.settings import ForwardedBy

_MOST_HOPS = 32
# A port may follow; an IPv6 address with one stands in brackets.
_HOP = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([\d.]+):\d{1,5}|([0-9A-Fa-f:.]+)")
_FOR = re.compile(r'\s*for\s*=\s*(?:"([^"]*)"|([^\s"]*))\s*', re.IGNORECASE)
_ONE_CLIENT_BITS = 64
_NEIGHBOURHOOD_BITS = {4: 24, 6: 48}


class _Place(NamedTuple):
    address: IPv4Address | IPv6Address
    counted: str


@dataclass(frozen=True, slots=True)
class ClientAddresses:
    """Of the one header that our proxies write: another one they would pass on as the client made it up."""

    trusted: tuple[IPv4Network | IPv6Network, ...] = ()
    forwarded_by: ForwardedBy = "x-forwarded-for"

    def of(self, scope: HTTPScope) -> str:
        """An IPv4 address, or the first of an IPv6 /64, which is one client's; empty where the peer has none."""
        peer = scope["client"]
        here = None if peer is None else _read(peer[0])
        if here is None:
            return ""
        if self._trusts(here):
            here = self._client_behind(here, scope)
        return here.counted

    def _client_behind(self, here: _Place, scope: HTTPScope) -> _Place:
        """The nearest hop that is none of ours; where one cannot be read, who told of it is as far as is known."""
        for told in islice(self._hops(scope), _MOST_HOPS):
            hop = _read(told)
            if hop is None:
                return here
            here = hop
            if not self._trusts(hop):
                return here
        return here

    def _hops(self, scope: HTTPScope) -> Iterator[str]:
        """The nearest first. What a client wrote stands furthest, so it is not looked at before a stranger is met."""
        name = self.forwarded_by.encode()
        of_node = _node if self.forwarded_by == "forwarded" else str.strip
        for given, value in reversed(list(scope["headers"])):
            if given == name:
                yield from map(of_node, reversed(value.decode("latin-1").split(",")))

    def _trusts(self, place: _Place) -> bool:
        return any(place.address in proxies for proxies in self.trusted)


def _node(element: str) -> str:
    """Who is named by `for=` in one element of Forwarded; nobody where it is not there once."""
    named = [found for pair in element.split(";") if (found := _FOR.fullmatch(pair))]
    return (named[0][1] or named[0][2] or "") if len(named) == 1 else ""


def neighbourhood(address: str) -> str | None:
    """Roughly where it is: of some hundreds of IPv4 clients, or of a site's IPv6, one cannot tell which."""
    known = _read(address)
    if known is None:
        return None
    bits = _NEIGHBOURHOOD_BITS[known.address.version]
    return str(ip_network((known.address, bits), strict=False))


@lru_cache(maxsize=4096)
def _read(text: str) -> _Place | None:
    found = _HOP.fullmatch(text)
    if found is None:
        return None
    try:
        address = ip_address(found[1] or found[2] or found[3])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return _Place(address, _counted(address))


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _ONE_CLIENT_BITS), strict=False).network_address)
