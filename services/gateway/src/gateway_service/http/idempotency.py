"""The key under which a client may ask again without asking for more."""

from flowkit.idempotency import Key

from gateway_service.http.arrival import Arrival

_HEADER = Key.HEADER.lower().encode()


def key(arrival: Arrival) -> str:
    """Empty where none was given; raises Invalid for what is none."""
    given = arrival.headers.get(_HEADER)
    if given is None:
        return ""
    if _HEADER in arrival.repeated:
        raise Key.refusal()
    return Key.checked(given.decode("latin-1"))
