"""How a request to a route may end, as far as its contract tells."""

from flowkit.contract import BadGateway, Fault, Forbidden, Invalid, TimedOut, TooManyRequests, Unauthorized, Unavailable
from flowkit.contract.errors import STATUS
from flowkit.idempotency import KeyReused
from flowkit.telemetry.instruments import Outcome

from gateway_service.http.refusals import PayloadTooLarge, UnsupportedMediaType
from gateway_service.http.route import Route

_ANYWHERE = (Invalid, TooManyRequests, Fault, BadGateway, Unavailable, TimedOut)
_WHERE_SOMEONE_IS_EXPECTED = (Unauthorized, Forbidden)
_WHERE_A_BODY_IS_EXPECTED = (PayloadTooLarge, UnsupportedMediaType)


def outcomes(route: Route) -> set[Outcome]:
    contract = route.contract
    errors = {*_ANYWHERE, *contract.raises, *(_WHERE_SOMEONE_IS_EXPECTED if contract.access.needs_identity else ())}
    errors |= {KeyReused} if route.takes_key else set()
    refusals = _WHERE_A_BODY_IS_EXPECTED if route.takes_body else ()
    return {
        (contract.status, None),
        *((STATUS[error.code], error.code) for error in errors),
        *((refusal.status, refusal.code) for refusal in refusals),
    }
