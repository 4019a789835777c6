"""What a request's secret fields and emails hold: kept out of any exception's text for as long as it is handled."""

from contextvars import ContextVar
from functools import cache
from typing import Final

import msgspec
from msgspec import Struct

from flowkit.secret import REDACTED
from flowkit.telemetry.redaction import is_secret

# To mask what is shorter would shred the text and tell what it was.
_SHORTEST: Final = 4
_MOST: Final = 8
_concealed: ContextVar[tuple[str, ...]] = ContextVar("flowkit.concealed", default=())


def conceal(payload: Struct) -> None:
    """From now on, in this context. A password has no looks to be known by: it must be known itself."""
    fields = _telling_fields(type(payload))
    if not fields:
        return
    held = [value for name in fields if isinstance(value := getattr(payload, name), str) and len(value) >= _SHORTEST]
    _concealed.set((*held, *_concealed.get())[:_MOST])


def without_concealed(text: str) -> str:
    for value in _concealed.get():
        for written in (value, repr(value)[1:-1], msgspec.json.encode(value).decode(errors="replace")[1:-1]):
            text = text.replace(written, REDACTED)
    return text


@cache
def _telling_fields(payload: type[Struct]) -> tuple[str, ...]:
    return tuple(name for name in payload.__struct_fields__ if is_secret(name) or "email" in name)
