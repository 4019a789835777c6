"""A token taken apart, where there is one way to write it: no other spelling of the same token is read."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")


class Unreadable(Exception):
    """Not three parts of base64url, or not JSON, or a name said twice in it."""


@dataclass(frozen=True, slots=True)
class Parts:
    header: dict[str, Any]
    claims: dict[str, Any]


def read(token: str, longest: int) -> Parts:
    if len(token) > longest or not _SHAPE.fullmatch(token):
        raise Unreadable("not a token of three parts")
    header, claims, signature = token.split(".")
    _bytes(signature)
    return Parts(_members(header), _members(claims))


def _bytes(part: str) -> bytes:
    """The last letter's spare bits are zero, or one signature could be written in several ways."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as fault:
        raise Unreadable("not base64url") from fault
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part.encode():
        raise Unreadable("not the one way to write it")
    return raw


def _members(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise Unreadable("not JSON") from fault
    if not isinstance(found, dict):
        raise Unreadable("not an object")
    return found  # pyright: ignore[reportUnknownVariableType]  an object's names are text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name said twice one reader takes the first, another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a name said twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise Unreadable(f"no number: {constant[:9]}")
