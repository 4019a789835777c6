"""All that can be asked, over HTTP and on the bus, as it is declared."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.bus import PARTICIPANTS
from flowkit.contract import Contract
from gateway_service.http.route import Route
from gateway_service.routes import ROUTES
from httpx import AsyncClient, Response

CONTRACTS: Final[Mapping[str, Contract[Any, Any]]] = {
    contract.subject: contract for participant in PARTICIPANTS for contract in participant.serves
}
ROUTED: Final = {route.contract.subject: route for route in ROUTES}
FOR_USERS: Final = sorted(subject for subject, contract in CONTRACTS.items() if contract.access.is_routable)
FOR_SERVICES: Final = sorted(subject for subject, contract in CONTRACTS.items() if contract.access.is_internal)
CALLERS: Final = {contract.subject: participant.name for participant in PARTICIPANTS for contract in participant.calls}


type Headers = Mapping[str, str] | Mapping[bytes, bytes]


async def send(http: AsyncClient, route: Route, payload: Mapping[str, Any], headers: Headers) -> Response:
    path = route.path.format(**{name: payload[name] for name in route.parameters})
    rest = {name: value for name, value in payload.items() if name not in route.parameters}
    if route.takes_body:
        return await http.request(route.method, path, headers=headers, json=rest)
    return await http.request(route.method, path, headers=headers, params=rest)
