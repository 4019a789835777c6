"""A request's body, whole and within its limit, and the JSON in it without ambiguity."""

import asyncio
import json
import re
from typing import Any

import msgspec
from flowkit.contract import Invalid, Wrong
from flowkit.wire.deadline import Deadline
from litestar.types import Receive

from gateway_service.http.arrival import Arrival
from gateway_service.http.limits import LARGEST_BODY
from gateway_service.http.refusals import PayloadTooLarge, UnsupportedMediaType

_JSON = re.compile(rb'application/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?[ \t]*', re.IGNORECASE)
_LONGEST_NAME_SHOWN = 64
_object = msgspec.json.Decoder(dict[str, Any])
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


async def read(arrival: Arrival, receive: Receive, deadline: Deadline) -> bytes:
    """The bytes of a JSON body; none at all where none was sent."""
    if not arrival.has_body:
        return b""
    if not _JSON.fullmatch(arrival.one(b"content-type") or b"") or b"content-encoding" in arrival.headers:
        raise UnsupportedMediaType
    declared = arrival.declared_length
    if declared is not None and declared > LARGEST_BODY:
        raise PayloadTooLarge
    try:
        async with asyncio.timeout(deadline.left):
            return await _gather(receive, declared)
    except TimeoutError:
        raise wrong("", "The body did not arrive in time") from None


async def _gather(receive: Receive, declared: int | None) -> bytes:
    body, more = b"", True
    # With its length declared, nothing more needs to be awaited once it is all here.
    while more and len(body) != declared:
        message = await receive()
        if message["type"] != "http.request":
            # It hung up, or its chunks are none: we are not told which, and it may still be listening.
            raise wrong("", "The body did not arrive whole")
        body += message["body"]
        more = message["more_body"]
        if len(body) > LARGEST_BODY:
            raise PayloadTooLarge
    return body


def fields(data: bytes) -> dict[str, Any]:
    """A JSON object's fields, before any contract has judged them."""
    try:
        return _object.decode(data)
    except msgspec.ValidationError as fault:
        raise wrong("", "A JSON object is expected") from fault
    except _UNREADABLE as fault:
        raise wrong("", "Not valid JSON" if data else "A JSON body is expected") from fault


def refuse_ambiguity(data: bytes) -> None:
    """For JSON that fits its contract: a field given twice is read one way here and another way there."""
    if data:
        json.loads(data, object_pairs_hook=_distinct, parse_int=str)


def wrong(field: str, message: str) -> Invalid:
    shown = field if field.isprintable() and len(field) <= _LONGEST_NAME_SHOWN else "?"
    return Invalid(detailed=(Wrong(shown, message),))


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, value in pairs:
        if name in seen:
            raise wrong(name, "Given twice")
        if isinstance(value, str) and "\0" in value:
            raise wrong(name, "The character NUL is not allowed")
        seen.add(name)
