"""The OpenAPI 3.1 document, made from the routes and their contracts."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from gateway_service.docs.responses import HEADERS, SCHEMAS, responses_of, shared_responses
from gateway_service.docs.schemas import Schema, has_required_fields, parameters_of, schemas_of
from gateway_service.http.route import Route

_ABOUT = """Every answer is one envelope: `success`, `status`, and either `data` or `errorCode`, `message` and
`detailed`. Every answer bears `x-trace-id`; a request may choose it, as 32 hexadecimal digits or a UUID in
`x-trace-id`, or in a W3C `traceparent`. HEAD is answered wherever GET is, OPTIONS everywhere.
A machine shows an API key in `X-API-Key` where a person shows a token; never both. The public keys that tokens are
verified by are at `/.well-known/jwks.json`: a plain JWK set (RFC 7517), without the envelope."""

_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def document(routes: Sequence[Route], version: str) -> dict[str, Any]:
    referred, components = schemas_of(routes)
    paths: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route, referred)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Flow gateway", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(map(_tag, routes))],
        "paths": paths,
        "components": {
            "schemas": components | SCHEMAS,
            "headers": HEADERS,
            "responses": shared_responses(),
            "securitySchemes": _SCHEMES,
        },
    }


def _operation(route: Route, referred: dict[type[Any], Schema]) -> dict[str, Any]:
    contract = route.contract
    operation: dict[str, Any] = {
        "tags": [_tag(route)],
        "operationId": f"{_tag(route)}.{_name(route)}",
        "summary": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _name(route)).capitalize(),
        "description": f"For {contract.access.rule}. Answered by the flow `{contract.subject}`.",
        "responses": responses_of(route, referred[contract.reply]),
    }
    if contract.access.needs_identity:
        operation["security"] = [{scheme: []} for scheme in _SCHEMES]
    if parameters := parameters_of(route):
        operation["parameters"] = parameters
    if route.takes_body:
        body = {"application/json": {"schema": referred[contract.request]}}
        operation["requestBody"] = {"required": has_required_fields(route), "content": body}
    return operation


def _tag(route: Route) -> str:
    return route.contract.subject.split(".")[2]


def _name(route: Route) -> str:
    return route.contract.subject.rpartition(".")[2]
