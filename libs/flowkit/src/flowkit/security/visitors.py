"""Who tries to sign in as whom, as keys: an account by its email as compared, an address by where it really is."""

from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Self

# Whoever has one address of IPv6 has the rest of its /64 too.
_V6_ONE = 64
# What a line at home or a phone is given anew lies near what it had before.
_V4_NEAR, _V6_NEAR = 24, 48
# Whether an i keeps its dot in another case is what locales differ in.
_DOTS = {ord("\N{LATIN SMALL LETTER DOTLESS I}"): "i", ord("\N{COMBINING DOT ABOVE}"): None}


@dataclass(frozen=True, slots=True)
class Visitor:
    """`address` and `network` are told apart within this account alone; `network` is empty where nobody told us."""

    account: bytes
    source: bytes
    address: str
    network: str

    @classmethod
    def of(cls, email: str, address: str) -> Self:
        account = _digest("account", compared(email))
        one, near = _places(address)
        return cls(account, _digest("address", one), _tag(account, one), _tag(account, near) if near else "")

    @property
    def is_placed(self) -> bool:
        """Whether we were told where it sits."""
        return bool(self.network)


def compared(email: str) -> str:
    """Alike for all spellings that PostgreSQL's `lower` takes for one, whatever its locale: one throttle an account."""
    return email.casefold().translate(_DOTS)


def _places(address: str) -> tuple[str, str]:
    try:
        given = ip_address(address)
    except ValueError:
        return "", ""
    given = (given.ipv4_mapped or given) if isinstance(given, IPv6Address) else given
    if isinstance(given, IPv4Address):
        return str(given), str(IPv4Network((given, _V4_NEAR), strict=False))
    return str(IPv6Network((given, _V6_ONE), strict=False)), str(IPv6Network((given, _V6_NEAR), strict=False))


def _digest(kind: str, text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()).digest()


def _tag(account: bytes, place: str) -> str:
    # Keyed by the account: who reads the table cannot follow an address from one account to the next.
    return blake2b(place.encode(), digest_size=8, key=account).hexdigest()
