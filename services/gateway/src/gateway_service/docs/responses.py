"""What a route may answer: its reply in the envelope, and each of its errors with an example."""

from http import HTTPStatus
from typing import Any

import msgspec

from gateway_service.docs.failures import SHARED, failures_of
from gateway_service.docs.schemas import Schema
from gateway_service.http import answer
from gateway_service.http.answer import Told
from gateway_service.http.route import Route

type Response = dict[str, Any]

_TEXT: Schema = {"type": "string"}
HEADERS: dict[str, Any] = {
    "x-trace-id": {
        "description": "The trace of the request: what to name when asking about it.",
        "schema": _TEXT | {"pattern": "^[0-9a-f]{32}$"},
    },
    "x-request-id": {"description": "The client's own, or one made for it.", "schema": _TEXT},
    "retry-after": {"description": "After how many seconds to try again.", "schema": {"type": "integer"}},
    "ratelimit-policy": {
        "description": "The rate limits that count this request: how many at once, and in how many seconds they come "
        "back (draft-ietf-httpapi-ratelimit-headers-10).",
        "schema": _TEXT,
    },
    "ratelimit": {"description": "Of each limit, how many are left, and in how many seconds all are.", "schema": _TEXT},
    "ratelimit-limit": {"description": "Of the nearest limit, how many at once.", "schema": {"type": "integer"}},
    "ratelimit-remaining": {"description": "How many are left of them.", "schema": {"type": "integer"}},
    "ratelimit-reset": {"description": "In how many seconds all are back.", "schema": {"type": "integer"}},
    "allow": {"description": "The methods this path takes.", "schema": _TEXT},
    "www-authenticate": {"description": "What is asked for, and what was wrong with it.", "schema": _TEXT},
}
_LIMITS = tuple(name for name in HEADERS if name.startswith("ratelimit"))
_ALWAYS = ("x-trace-id", "x-request-id")
_BESIDE = {401: "www-authenticate", 405: "allow", 429: "retry-after", 503: "retry-after"}
# Answered before a route is found, or by no route at all.
_NOT_COUNTED = (405, 431)
_BELOW = " Without body and trace id where the HTTP layer below could not read the request at all."
_TOO_LONG = "The URI is longer than 64 KiB. Without body and trace id: this is answered by the HTTP layer below."

SCHEMAS: dict[str, Schema] = {
    "Wrong": {
        "title": "Wrong",
        "description": "One faulty field of a request.",
        "type": "object",
        "properties": {"field": _TEXT, "message": _TEXT},
        "required": ["field", "message"],
    },
    "Failure": {
        "title": "Failure",
        "description": "The envelope of every error.",
        "type": "object",
        "properties": {
            "success": {"const": False},
            "status": {"type": "integer"},
            "errorCode": _TEXT,
            "message": _TEXT,
            "detailed": {"type": "array", "items": {"$ref": "#/components/schemas/Wrong"}},
            "data": {"description": "What there is to say beside the error: of the health check, its figures."},
        },
        "required": ["success", "status", "errorCode", "message", "detailed"],
    },
}


def responses_of(route: Route, reply: Schema) -> dict[str, Response]:
    status = route.contract.status
    failures = {str(status): _failure(status, told) for status, told in failures_of(route).items()}
    too_long = {"$ref": "#/components/responses/UriTooLong"}
    return dict(sorted({str(status): _success(status, reply), "414": too_long, **failures}.items()))


def shared_responses() -> dict[str, Response]:
    """What any route may answer, told once."""
    shared = {type(told).__name__: _told(told.status, [told]) for told in SHARED}
    return {"UriTooLong": {"description": _TOO_LONG}} | shared


def _failure(status: int, told: list[Told]) -> Response:
    if len(told) == 1 and isinstance(told[0], tuple(map(type, SHARED))):
        return {"$ref": f"#/components/responses/{type(told[0]).__name__}"}
    return _told(status, told)


def _success(status: int, reply: Schema) -> Response:
    envelope = {
        "type": "object",
        "properties": {"success": {"const": True}, "status": {"const": status}, "data": reply},
        "required": ["success", "status", "data"],
    }
    return _response(status, HTTPStatus(status).phrase, envelope, {})


def _told(status: int, told: list[Told]) -> Response:
    shown = {type(one).__name__: {"value": msgspec.json.decode(answer.error(one).body)} for one in told}
    particular = {"properties": {"status": {"const": status}, "errorCode": {"const": told[0].code}}}
    envelope = {"allOf": [{"$ref": "#/components/schemas/Failure"}, particular]}
    description = " · ".join(one.message for one in told) + "."
    return _response(status, description + (_BELOW if status in (400, 431) else ""), envelope, shown)


def _response(status: int, description: str, envelope: Schema, examples: dict[str, Any]) -> Response:
    limits = () if status in _NOT_COUNTED else _LIMITS
    names = (*_ALWAYS, *((_BESIDE[status],) if status in _BESIDE else ()), *limits)
    content = {"schema": envelope} | ({"examples": examples} if examples else {})
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {"application/json": content},
    }
