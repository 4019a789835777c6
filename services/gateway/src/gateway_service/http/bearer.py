"""The token in a request's Authorization header: what RFC 6750 accepts, and nothing else."""

import re

from contracts.auth import InvalidToken, NoToken

from gateway_service.http.arrival import Arrival

_SCHEME = re.compile(rb"bearer[ \t]", re.IGNORECASE)
_CREDENTIALS = re.compile(rb"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)
# What contracts.auth.Token takes; anything longer is not one of ours.
_LONGEST = 4096


def token(arrival: Arrival) -> str:
    """Raises NoToken where none was given, InvalidToken where what was given can be none."""
    if b"authorization" in arrival.repeated:
        raise InvalidToken
    given = arrival.headers.get(b"authorization")
    if given is None or not _SCHEME.match(given):
        raise NoToken
    found = _CREDENTIALS.fullmatch(given)
    if found is None or len(found[1]) > _LONGEST:
        raise InvalidToken
    return found[1].decode()
