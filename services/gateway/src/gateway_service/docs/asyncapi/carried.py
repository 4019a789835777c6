"""What messages carry beside their payload; docs/header-contract.md says it in prose."""

from typing import Any, Final

from flowkit.contract import Event
from flowkit.idempotency import Key
from flowkit.wire import headers

from gateway_service.docs.asyncapi.part import Json, ref

_TEXT: Final[Json] = {"type": "string"}
_SOME_ID: Final = "0190b7a0-5d11-7a52-8c1e-2f6d1b7c9e40"
_NUMBER: Final[Json] = {"type": "string", "pattern": "^[0-9]+$"}
_MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
_TRACE: Final[Json] = {
    headers.TRACEPARENT: _TEXT | {"description": "W3C trace context: the span of whoever sends it."},
    headers.TRACESTATE: _TEXT | {"maxLength": 512, "description": "W3C, passed on as it is."},
    headers.BAGGAGE: _TEXT | {"maxLength": 2048, "description": "W3C, passed on as it is."},
    headers.REQUEST_ID: _TEXT | {"maxLength": 128, "description": "The HTTP request's id, for people."},
}
_REQUEST: Final[Json] = _TRACE | {
    headers.TIMEOUT_MS: _NUMBER | {"description": "What is left of the caller's time, in milliseconds."},
    headers.DEADLINE: _NUMBER | {"description": "The same moment by the clock, in milliseconds since 1970."},
    headers.CALLER: _TEXT | {"description": "Which service asks, as it says itself; believed by nobody."},
    headers.IDENTITY: _TEXT | {"description": "For whom it is asked: a signed identity."},
    headers.CLIENT_ADDRESS: _TEXT | {"description": "Where the gateway's client sits."},
}
_KEY: Final[Json] = {
    headers.IDEMPOTENCY_KEY: _TEXT
    | {"pattern": Key.SHAPE, "description": "The client's Idempotency-Key: under one it is carried out once."}
}
_BADGE: Final[Json] = {headers.SERVICE: _TEXT | {"description": "Which service asks, proven: signed by auth."}}
_EVENT: Final[Json] = _TRACE | {
    headers.MESSAGE_ID: _TEXT | {"description": "By which JetStream knows a repeated publication."},
    headers.EVENT_ID: _TEXT | {"format": "uuid", "description": "By which whoever acts on it knows it again."},
    headers.EVENT: _TEXT | {"description": "What happened."},
    headers.EVENT_VERSION: _NUMBER | {"description": "In which version it is told."},
    headers.EVENT_KEY: _TEXT | {"description": "What it is about: those of one key are told in order."},
    headers.CALLER: _TEXT | {"description": "Which service announced it."},
    headers.OCCURRED_AT: _MOMENT | {"description": "When it was written, with what it tells of."},
}
_OPTIONAL: Final = frozenset(_TRACE)
_LETTER: Final[Json] = {
    headers.DEAD_REASON: _TEXT | {"description": "Why it was given up, in a word."},
    headers.DEAD_FAULT: _TEXT | {"description": "What went wrong the last time."},
    headers.DEAD_ATTEMPTS: _NUMBER | {"description": "How often it was tried."},
    headers.DEAD_AT: _MOMENT | {"description": "When it was given up."},
    headers.DEAD_TRACEPARENT: _TEXT | {"description": "The last attempt's span."},
    headers.DEAD_SUBJECT: _TEXT | {"description": "Where it had been told."},
    headers.DEAD_PLACE: _NUMBER | {"description": "Its place in the stream."},
}
# Its own headers are kept as far as they could be read; NATS's orders to the server were for the event alone.
_DEAD: Final[Json] = {name: each for name, each in _EVENT.items() if name != headers.MESSAGE_ID} | _LETTER

REQUEST: Final = "RequestHeaders"
COMMAND: Final = "CommandHeaders"
BETWEEN: Final = "BetweenServicesHeaders"
EVENT: Final = "EventHeaders"
DEAD: Final = "DeadLetterHeaders"
FOR_ANYONE: Final[Json] = {
    REQUEST: {"type": "object", "properties": _REQUEST},
    COMMAND: {"type": "object", "properties": _REQUEST | _KEY},
    EVENT: {"type": "object", "properties": _EVENT, "required": sorted(_EVENT.keys() - _OPTIONAL)},
}
BETWEEN_SERVICES: Final[Json] = {
    BETWEEN: {"type": "object", "properties": _REQUEST | _BADGE},
    DEAD: {"type": "object", "properties": _DEAD, "required": sorted(_LETTER.keys() - {headers.DEAD_TRACEPARENT})},
}


def of_event(event: Event[Any]) -> Json:
    told = {headers.EVENT: {"const": event.name}, headers.EVENT_VERSION: {"const": str(event.version)}}
    return {"allOf": [ref("components", "schemas", EVENT), {"type": "object", "properties": told}]}


def example_of_event(event: Event[Any], who: str, key: str) -> Json:
    return {
        headers.MESSAGE_ID: _SOME_ID,
        headers.EVENT_ID: _SOME_ID,
        headers.EVENT: event.name,
        headers.EVENT_VERSION: str(event.version),
        headers.EVENT_KEY: key,
        headers.CALLER: who,
        headers.OCCURRED_AT: "2026-01-31T09:30:00.000Z",
    }


def of_failure(code: str, status: int) -> Json:
    told = {headers.SERVICE_ERROR: {"const": code}, headers.SERVICE_ERROR_CODE: {"const": str(status)}}
    return {"type": "object", "properties": told, "required": list(told)}
