"""Bytes to payloads, and a fault a person can act on when they do not fit."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final, cast, get_args

import msgspec
from msgspec import Struct

from flowkit.contract.errors import Invalid, Wrong
from flowkit.contract.rule import broken

_LONGEST_NAME_SHOWN = 64
MOST_TOLD: Final = 100
"""Of what is wrong with a payload: a list may hold a fault in each of its items."""

# What msgspec raises for bytes that are no JSON, not UTF-8, nested too deep, or not of the type.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_GOT_A_FLOAT = "got `float`"
# Beyond this a float no longer tells one whole number from the next.
_LARGEST_EXACT = 2**53

_KINDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
    "bytes": "text in base64",
    "datetime": "a date and time",
    "date": "a date",
    "time": "a time",
    "duration": "a duration",
    "uuid": "a UUID",
    "decimal": "a decimal number",
}
_COUNTED = {"str": "character", "array": "item", "object": "field", "bytes": "byte"}
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "": "exactly"}

_LENGTH = re.compile(r"Expected `(str|array|object|bytes)` of length (>=|<=|)\s?(\d+)(?:, got \d+)?")
_BOUND = re.compile(r"Expected `(?:int|float)` (>=|<=|>|<) (\S+)")
_MULTIPLE = re.compile(r"Expected `(?:int|float)` that's a multiple of (\S+)")
_INDEX = re.compile(r"\[(\d+)\]")
_KIND = re.compile(r"Expected `([a-z |]+)`(?:, got .*)?", re.DOTALL)

# By how msgspec's message begins: what follows may be the caller's own text, or a pattern, which is for machines.
_BEGINNINGS = {
    "Expected `str` matching regex": "Not in the expected form",
    "Invalid enum value": "Not one of the allowed values",
    "Invalid value": "Not one of the allowed values",
    "Object contains unknown field": "Has an unknown field",
    "Object missing required field": "Lacks a required field",
    "Integer value out of range": "Out of range",
    "Number out of range": "Out of range",
    "Timestamp is out of range": "Out of range",
    "Duration is out of range": "Out of range",
    "Expected `datetime` with a timezone": "Must name its time zone",
    "Expected `time` with a timezone": "Must name its time zone",
    "Invalid RFC3339 encoded datetime": "Must be a date and time, such as 2026-01-31T09:30:00Z",
    "Invalid RFC3339 encoded date": "Must be a date, such as 2026-01-31",
    "Invalid RFC3339 encoded time": "Must be a time, such as 09:30:00Z",
    "Invalid ISO8601 duration": "Must be a duration, such as PT15M",
    "Invalid UUID": "Must be a UUID",
    "Invalid decimal string": "Must be a decimal number",
    "Invalid base64 encoded string": "Must be text in base64",
}


class PayloadDecoder[P: Struct]:
    """Decodes one type of payload; the fast path is msgspec's, the slow one names every faulty field."""

    def __init__(self, payload: type[P]) -> None:
        self._payload = payload
        self._decoder = msgspec.json.Decoder(payload)
        self._may_be_empty = not any(field.required for field in msgspec.structs.fields(payload))

    def decode(self, data: bytes) -> P:
        if not data and self._may_be_empty:
            data = b"{}"
        try:
            return self._decoder.decode(data)
        except _UNREADABLE as fault:
            # The fault is the first one met: what comes after it has not been read, and may be no JSON.
            if _GOT_A_FLOAT in str(fault) and (fields := _fields(data)) is not None:
                return convert(self._payload, fields)
            raise Invalid(detailed=explain(self._payload, data, fault)) from fault


def _fields(data: bytes) -> Mapping[str, Any] | None:
    """None where it is no object, or cannot be read."""
    try:
        loose = msgspec.json.decode(data)
    except _UNREADABLE:
        return None
    return cast("dict[str, Any]", loose) if isinstance(loose, dict) else None


def convert[P: Struct](payload: type[P], fields: Mapping[str, Any], *, strict: bool = True) -> P:
    """A payload from loose values: a query string's (`strict=False`), or a body joined with a path's."""
    try:
        return msgspec.convert(fields, payload, strict=strict)
    except (msgspec.ValidationError, RecursionError) as fault:
        if _GOT_A_FLOAT in str(fault):
            with suppress(msgspec.ValidationError, RecursionError):
                fields = {name: _whole(value) for name, value in fields.items()}
                return msgspec.convert(fields, payload, strict=strict)
        raise Invalid(detailed=_told(payload, fields, fault, strict=strict)) from fault


def _whole(value: Any) -> Any:
    """To JSON Schema, and to clients in JavaScript, 3.0 is an integer; msgspec wants it written as one."""
    match value:
        case float() if value.is_integer() and abs(value) <= _LARGEST_EXACT:
            return int(value)
        case dict():
            return {name: _whole(each) for name, each in cast("dict[str, Any]", value).items()}
        case list():
            return [_whole(each) for each in cast("list[Any]", value)]
        case _:
            return value


def explain(payload: type[Struct], data: bytes, fault: Exception) -> tuple[Wrong, ...]:
    try:
        loose = msgspec.json.decode(data)
    except _UNREADABLE:
        return (Wrong("", "Not valid JSON" if data else "A JSON body is expected"),)
    if not isinstance(loose, dict):
        return (Wrong("", _readable(str(fault))),)
    return _told(payload, cast("dict[str, Any]", loose), fault, strict=True)


def _told(payload: type[Struct], given: Mapping[str, Any], fault: Exception, *, strict: bool) -> tuple[Wrong, ...]:
    found = tuple(islice(_faults(payload, given, strict=strict), MOST_TOLD))
    # A payload may have a say of its own, about several of its fields.
    return found or (_placed(str(fault)),)


def _faults(payload: type[Struct], given: Mapping[str, Any], *, strict: bool, path: str = "") -> Iterator[Wrong]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(payload)}
    for name, field in fields.items():
        if name not in given:
            if field.required:
                yield Wrong(path + name, "Required")
            continue
        yield from _value_faults(field.type, given[name], strict=strict, path=path + name)
    if payload.__struct_config__.forbid_unknown_fields:
        yield from (Wrong(path + _shown(name), "Unknown field") for name in given if name not in fields)


def _value_faults(kind: Any, value: Any, *, strict: bool, path: str) -> Iterator[Wrong]:
    if isinstance(value, dict) and (nested := _struct(kind)):
        yield from _faults(nested, cast("dict[str, Any]", value), strict=strict, path=path + ".")
        return
    try:
        converted = msgspec.convert(value, kind, strict=strict)
    except (msgspec.ValidationError, RecursionError) as fault:
        wrong = _placed(str(fault))
        if isinstance(value, list) and wrong.field and (nested := _listed(kind)):
            for place, each in enumerate(cast("list[Any]", value)):
                yield from _value_faults(nested, each, strict=strict, path=f"{path}.{place}")
            return
        yield Wrong(f"{path}.{wrong.field}" if wrong.field else path, wrong.message)
        return
    if said := broken(kind, converted):
        yield Wrong(path, said)


def _placed(told: str) -> Wrong:
    """What msgspec says of `$.items[0].price`, said of items.0.price."""
    message, _, place = told.partition(" - at `$")
    return Wrong(_INDEX.sub(r".\1", place.rstrip("`")).removeprefix("."), _readable(message))


def _struct(kind: Any) -> type[Struct] | None:
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def _listed(kind: Any) -> type[Struct] | None:
    """The payload of which this is a list, with or without bounds."""
    return next((found for inner in get_args(kind) if (found := _struct(inner) or _listed(inner))), None)


def _readable(message: str) -> str:
    """msgspec's message as a person would say it; one it does not know is passed on without its quotes."""
    for beginning, said in _BEGINNINGS.items():
        if message.startswith(beginning):
            return said
    if length := _LENGTH.fullmatch(message):
        return f"Must be {_BOUNDS[length[2]]} {_count(int(length[3]), _COUNTED[length[1]])}"
    if bound := _BOUND.fullmatch(message):
        return f"Must be {_BOUNDS[bound[1]]} {bound[2].removesuffix('.0')}"
    if multiple := _MULTIPLE.fullmatch(message):
        return f"Must be a multiple of {multiple[1].removesuffix('.0')}"
    if kinds := _KIND.fullmatch(message):
        return f"Must be {' or '.join(_KINDS.get(kind, kind) for kind in kinds[1].split(' | '))}"
    return message.replace("`", "")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) <= _LONGEST_NAME_SHOWN else "?"
