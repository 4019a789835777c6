"""Bytes to payloads, and a fault a person can act on when they do not fit."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec
from msgspec import Struct

from flowkit.contract.errors import Invalid, Wrong

_LONGEST_NAME_SHOWN = 64

# What msgspec raises for bytes that are no JSON, not UTF-8, nested too deep, or not of the type.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


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
            raise Invalid(detailed=explain(self._payload, data, fault)) from fault


def convert[P: Struct](payload: type[P], fields: Mapping[str, Any], *, strict: bool = True) -> P:
    """A payload from loose values: a query string's (`strict=False`), or a body joined with a path's."""
    try:
        return msgspec.convert(fields, payload, strict=strict)
    except (msgspec.ValidationError, RecursionError) as fault:
        raise Invalid(detailed=tuple(_faults(payload, fields, strict=strict))) from fault


def explain(payload: type[Struct], data: bytes, fault: Exception) -> tuple[Wrong, ...]:
    try:
        loose = msgspec.json.decode(data)
    except _UNREADABLE:
        return (Wrong("", "Not valid JSON" if data else "A JSON body is expected"),)
    if not isinstance(loose, dict):
        return (Wrong("", str(fault)),)
    return tuple(_faults(payload, cast("dict[str, Any]", loose), strict=True))


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
        msgspec.convert(value, kind, strict=strict)
    except (msgspec.ValidationError, RecursionError) as fault:
        message, _, inner = str(fault).partition(" - at `$")
        yield Wrong(path + inner.rstrip("`"), _readable(message))


def _struct(kind: Any) -> type[Struct] | None:
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def _readable(message: str) -> str:
    # A pattern is for machines; a person is told that the form is wrong.
    return "Not in the expected form" if "matching regex" in message else message


def _shown(name: str) -> str:
    return name if name.isprintable() and len(name) <= _LONGEST_NAME_SHOWN else "?"
