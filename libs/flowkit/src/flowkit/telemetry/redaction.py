"""What may be told of a value: no secrets, nothing endless, nothing that cannot be written down."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final, cast

import msgspec

from flowkit.secret import REDACTED, names_a_secret

EMAIL: Final = "[email]"
_USER_INFO = re.compile(r"//[^/\s\"'<>]*@")
_NO_PART = r"\s\"<>(),:;=\[\]/@%"
_EMAIL = re.compile(rf"[^{_NO_PART}]{{1,64}}(?:@|%40)[^{_NO_PART}']{{1,255}}")
# Signed ones, and our own opaque ones: refresh tokens (flr_) and API keys (fak_).
_TOKEN = re.compile(r"eyJ[\w-]+(?:\.[\w-]*)*|(?:flr|fak)_[\w-]{16,}")
_CREDENTIALS = re.compile(r"\b(bearer|basic)\s+[^\s\"'<>]+", re.IGNORECASE)
_SCALARS = frozenset((float, bool, type(None)))
_DEEPEST = 8
_LONGEST_KEY = 128
_SHORT = 128
_INTEGERS = range(-(2**63), 2**64)


@dataclass(frozen=True, slots=True)
class Limits:
    text: int
    items: int


@lru_cache(maxsize=1024)
def _named(key: str) -> tuple[str, bool]:
    """A key as it is told, and whether its value is a secret."""
    return _text(key, _LONGEST_KEY), names_a_secret(key)


def is_secret(name: str) -> bool:
    """Whether a field of this name holds what must not be told."""
    return _named(name)[1]


def without_secrets(text: str) -> str:
    """The text without what can be told to be a secret by its looks: tokens, credentials, emails."""
    if not looks_secret(text):
        return text
    text = _TOKEN.sub(REDACTED, without_user_info(text))
    text = _EMAIL.sub(EMAIL, text)
    return _CREDENTIALS.sub(rf"\1 {REDACTED}", text)


def looks_secret(line: str) -> bool:
    """Whether anything in a line may look like a secret: one look at all of it costs less than one at each part."""
    # Spelt out: this is asked of every line, and a loop takes twice as long.
    return (
        "@" in line
        or "//" in line
        or "eyJ" in line
        or "%40" in line
        or "earer" in line
        or "asic " in line
        or "flr_" in line
        or "fak_" in line
    )


def masked(value: Any) -> Any:
    """Plain data without what looks like a secret."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, list):
        return [masked(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {without_secrets(key): masked(item) for key, item in cast("dict[str, Any]", value).items()}
    return value


def without_user_info(text: str) -> str:
    """The text with the user and the password of any URL in it masked."""
    return _USER_INFO.sub(f"//{REDACTED}@", text)


def tellable(value: Any, limits: Limits, depth: int = 0) -> Any:
    """The value as plain data, within limits, the values of telling keys masked however deep they lie."""
    kind = cast("type[object]", type(value))
    if kind is str:
        return _text(value, limits.text)
    if kind in _SCALARS or (kind is int and value in _INTEGERS):
        return value
    if depth == _DEEPEST:
        return "…"
    if kind is dict:
        return tellable_fields(value, limits, depth + 1)
    if kind is list or kind is tuple:
        return [tellable(item, limits, depth + 1) for item in value[: limits.items]]
    return tellable(_plain(value), limits, depth + 1)


def tellable_fields(fields: dict[Any, Any], limits: Limits, depth: int = 0) -> dict[str, Any]:
    if len(fields) > limits.items:
        fields = dict(islice(fields.items(), limits.items))
    told: dict[str, Any] = {}
    for key, value in fields.items():
        name, secret = _named(key if type(key) is str else str(key))
        if secret and value is not None:
            told[name] = REDACTED
        elif type(value) is str and len(value) <= _SHORT and value.isascii():
            told[name] = value  # what nearly every value is
        else:
            told[name] = tellable(value, limits, depth)
    return told


def _text(text: str, longest: int) -> str:
    if len(text) > longest:
        text = text[:longest] + "…"
    if not text.isascii():
        text = text.encode(errors="replace").decode()
    return text


def _plain(value: Any) -> Any:
    """Structs, dataclasses, dates and sets as data; of bytes their number, of anything else its repr."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(cast('bytes', value))} bytes>"
    if isinstance(value, str | int):
        return str(value)
    try:
        return msgspec.to_builtins(value, enc_hook=_repr)
    except Exception:  # noqa: BLE001 - whatever it is, a line about it must come out
        return _repr(value)


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a broken __repr__ is no reason to lose the line
        return f"<{type(value).__name__}>"
