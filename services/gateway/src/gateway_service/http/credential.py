"""What a client shows to be let in: a bearer token, or an API key."""

import re

from contracts.auth import InvalidApiKey

from gateway_service.http import bearer
from gateway_service.http.arrival import Arrival

_HEADER = b"x-api-key"
_API_KEY = re.compile(rb"fak_[0-9a-f]{32}_[A-Za-z0-9_-]{43}")


def shown(arrival: Arrival) -> str:
    """Raises NoToken where nothing is, InvalidToken or InvalidApiKey where what is shown can be none."""
    if _HEADER not in arrival.headers:
        return bearer.token(arrival)
    if b"authorization" in arrival.headers:
        # Whom of the two would it be done for? Who sends both does not know either.
        raise InvalidApiKey("An API key or a token, not both")
    given = arrival.one(_HEADER)
    if given is None or not _API_KEY.fullmatch(given):
        raise InvalidApiKey
    return given.decode()
