"""The AsyncAPI 3 document, made from the contracts and from who takes part in the bus."""

from collections.abc import Sequence
from typing import Any, Final

from flowkit.contract import Participant
from flowkit.wire import headers

from gateway_service.docs.asyncapi import carried
from gateway_service.docs.asyncapi.events import events
from gateway_service.docs.asyncapi.failures import SCHEMAS
from gateway_service.docs.asyncapi.notices import notices
from gateway_service.docs.asyncapi.part import Json, Part, ref
from gateway_service.docs.asyncapi.requests import requests
from gateway_service.docs.asyncapi.schemas import Schemas
from gateway_service.docs.asyncapi.scope import Scope
from gateway_service.http.route import Route

_ABOUT: Final = """What is said on the bus behind the HTTP API: NATS, with JetStream for what must not be lost.
`receive` is what a service takes: a request, which it answers in one envelope, or an event, on which it acts. `send` is
what it announces. Its tag names the service. Clients of the HTTP API say none of this themselves; who builds or runs
the system does."""
_ABOUT_ALL: Final = " With what is between services alone."
_SERVERS: Final[Json] = {
    "bus": {
        "host": "{host}:{port}",
        "protocol": "nats",
        "title": "NATS",
        "description": "Inside, where no client reaches it. It lets each user say and hear what the contracts declare.",
        "variables": {"host": {"default": "localhost"}, "port": {"default": "4222"}},
        "security": [ref("components", "securitySchemes", "busUser")],
    }
}
_SCHEMES: Final[Json] = {
    "busUser": {"type": "userPassword", "description": "A user of NATS for each service, with a password of its own."},
    "identity": {
        "type": "httpApiKey",
        "name": headers.IDENTITY,
        "in": "header",
        "description": "In a NATS header: for whom it is asked, signed by auth, minutes long. Each flow verifies it.",
    },
}
_BETWEEN_SERVICES: Final[Json] = {
    "badge": {
        "type": "httpApiKey",
        "name": headers.SERVICE,
        "in": "header",
        "description": "In a NATS header: which service asks, signed by auth, minutes long.",
    },
}


def document(
    participants: Sequence[Participant], routes: Sequence[Route], version: str, *, is_whole: bool = False
) -> dict[str, Any]:
    scope = Scope(participants, is_whole)
    schemas = Schemas.made_of(scope.kinds())
    ways = {route.contract.subject: str(route) for route in routes}
    parts = (requests(scope, schemas, ways), events(scope, schemas), notices(scope, schemas))
    operations = _joined(*(part.operations for part in parts))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Flow bus",
            "version": version,
            "description": _ABOUT + (_ABOUT_ALL if is_whole else ""),
            "tags": [{"name": name} for name in dict.fromkeys(each["tags"][0]["name"] for each in operations.values())],
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": _joined(*(part.channels for part in parts)),
        "operations": operations,
        "components": {
            "schemas": schemas.components
            | SCHEMAS
            | carried.FOR_ANYONE
            | (carried.BETWEEN_SERVICES if is_whole else {}),
            "messages": _messages(*parts),
            "securitySchemes": _SCHEMES | (_BETWEEN_SERVICES if is_whole else {}),
        },
    }


def _messages(*parts: Part) -> Json:
    named = _joined(*(part.messages for part in parts))
    return {name: {"name": name} | told for name, told in named.items()}


def _joined(*parts: Json) -> Json:
    return {name: value for part in parts for name, value in part.items()}
