"""Every failure a flow may answer with, as a message of its own."""

import re
from collections.abc import Iterator
from typing import Any, Final, get_args

import msgspec
from flowkit.contract import (
    BadGateway,
    Command,
    Contract,
    Fault,
    FlowError,
    Identity,
    Invalid,
    OutOfScope,
    Role,
    ServiceNotPermitted,
    ServiceUnknown,
    TimedOut,
    TooManyRequests,
    Unavailable,
    Wrong,
)
from flowkit.idempotency import KeyReused
from flowkit.wire import envelope

from gateway_service.docs.asyncapi import carried
from gateway_service.docs.asyncapi.part import Json, ref

_ANY_FLOWS: Final = (TooManyRequests(), Fault(), BadGateway(), Unavailable(), TimedOut())
_TEXT: Final[Json] = {"type": "string"}

SCHEMAS: Final[Json] = {
    "Trace": {
        "description": "The flow's steps. The gateway logs them, and answers its client without them.",
        "type": "array",
        "items": _TEXT,
    },
    "Wrong": {
        "description": "One faulty field of a request.",
        "type": "object",
        "properties": {"field": _TEXT, "message": _TEXT},
        "required": ["field", "message"],
    },
    "Failure": {
        "description": "The envelope of every error.",
        "type": "object",
        "properties": {
            "success": {"const": False},
            "status": {"type": "integer"},
            "errorCode": _TEXT,
            "message": _TEXT,
            "detailed": {"type": "array", "items": ref("components", "schemas", "Wrong")},
            "data": {"description": "What there is to say beside the error: of the health check, its figures."},
            "trace": ref("components", "schemas", "Trace"),
            "retryAfterMs": {"type": "integer", "description": "When to ask again."},
            "turnedAway": {"type": "boolean", "description": "Refused at once, by someone who is well."},
            "final": {"type": "boolean", "description": "Tried again already, further down."},
        },
        "required": ["success", "status", "errorCode", "message", "detailed"],
    },
}


def failures_of(contract: Contract[Any, Any]) -> Iterator[tuple[str, Json]]:
    """By name, each once: what is told in the same words is the same to a caller."""
    told: dict[tuple[str, str], FlowError] = {}
    for error in (*_of_access(contract), *(kind() for kind in contract.raises), *_of_any(contract)):
        told.setdefault((error.code, error.message), error)
    in_order = sorted(told.values(), key=lambda error: error.status)
    yield from ((_name(error), _message(error)) for error in in_order)


def _of_any(contract: Contract[Any, Any]) -> Iterator[FlowError]:
    yield Invalid(detailed=(Wrong("id", "Not in the expected form"),))
    if isinstance(contract, Command):
        yield KeyReused()
    yield from _ANY_FLOWS


def _of_access(contract: Contract[Any, Any]) -> Iterator[FlowError]:
    access = contract.access
    if access.is_internal:
        yield from (ServiceUnknown(), ServiceNotPermitted())
    if not access.needs_identity:
        return
    nobody_and_all = (None, *(Identity(id="", email="", role=role) for role in get_args(Role)))
    yield from (refusal for who in nobody_and_all if (refusal := access.refusal(who)))
    yield OutOfScope()


def _name(error: FlowError) -> str:
    """customer.EmailTaken; flowkit's own without a module, and with its words where they are not the usual ones."""
    kind = type(error)
    package, _, module = kind.__module__.rpartition(".")
    name = f"{module}.{kind.__name__}" if package == "contracts" else kind.__name__
    return name if error.message == error.default_message else f"{name}.{_dashed(error.message)}"


def _dashed(words: str) -> str:
    return re.sub(r"[^a-z]+", "-", words.lower())


def _message(error: FlowError) -> Json:
    about: Json = {"status": error.status, "errorCode": error.code, "message": error.message}
    particular = {"type": "object", "properties": {name: {"const": value} for name, value in about.items()}}
    told = msgspec.json.decode(envelope.encode(envelope.failure(error, trace=(_last_step(error),))))
    headers = carried.of_failure(error.code, error.status)
    return {
        "title": f"{error.status} {error.code}",
        "summary": f"{error.message}.",
        "headers": headers,
        "payload": {"allOf": [ref("components", "schemas", "Failure"), particular]},
        "examples": [
            {"headers": {name: each["const"] for name, each in headers["properties"].items()}, "payload": told}
        ],
    }


def _last_step(error: FlowError) -> str:
    return "ERROR: Fault" if isinstance(error, Fault) else f"REJECTED: {error.message}"
