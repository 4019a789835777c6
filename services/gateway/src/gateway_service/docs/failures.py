"""Every error a route can answer with, as the values it would be answered from."""

from collections import defaultdict
from collections.abc import Iterable
from typing import get_args

from contracts.auth import InvalidApiKey, InvalidToken, NoToken
from flowkit.contract import (
    BadGateway,
    Fault,
    Identity,
    Invalid,
    NotFound,
    Role,
    TimedOut,
    TooManyRequests,
    Unavailable,
    Wrong,
)
from flowkit.idempotency import KeyReused

from gateway_service.http.answer import Told
from gateway_service.http.refusals import HeadersTooLarge, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType
from gateway_service.http.route import Route

SHARED: tuple[Told, ...] = (
    MethodNotAllowed("GET, HEAD, OPTIONS"),
    PayloadTooLarge(),
    UnsupportedMediaType(),
    HeadersTooLarge(),
    TooManyRequests(),
    Fault(),
    BadGateway(),
    Unavailable(),
    TimedOut(),
)
"""What any route may answer with, told in the same words of each."""

_OF_BODIES = (PayloadTooLarge, UnsupportedMediaType)


def failures_of(route: Route) -> dict[int, list[Told]]:
    """By status, the general ones first."""
    by_status: defaultdict[int, list[Told]] = defaultdict(list)
    for told in (*_at_the_edge(route), *_of_access(route), *(kind() for kind in route.contract.raises)):
        if told.message not in (known.message for known in by_status[told.status]):
            by_status[told.status].append(told)
    return dict(sorted(by_status.items()))


def _at_the_edge(route: Route) -> Iterable[Told]:
    yield Invalid(detailed=(Wrong("limit" if not route.takes_body else "email", "Not in the expected form"),))
    if route.parameters:
        yield NotFound()
    if route.takes_key:
        yield KeyReused()
    yield from (told for told in SHARED if route.takes_body or not isinstance(told, _OF_BODIES))


def _of_access(route: Route) -> Iterable[Told]:
    access = route.contract.access
    if access.needs_identity:
        yield from (NoToken(), InvalidToken(), InvalidApiKey())
    for role in get_args(Role):
        if refusal := access.refusal(Identity(id="", email="", role=role)):
            yield refusal
