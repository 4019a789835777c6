"""One environment variable: what it may hold, where its text comes from, what becomes of it."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import msgspec

from flowkit.process.expectation import expected
from flowkit.secret import Secret
from flowkit.telemetry.redaction import without_user_info

_LISTS = (tuple, list, frozenset)
_LARGEST_FILE = 64 * 1024
_LONGEST_SHOWN = 80


class Misfit(Exception):
    """What is wrong with the variable."""


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    kind: Any
    default: Any
    required: bool

    @property
    def expects(self) -> str:
        return expected(_plain(self.kind))

    @property
    def default_shown(self) -> str | None:
        if self.required:
            return None
        if isinstance(self.default, _LISTS):
            return ",".join(str(item) for item in cast("tuple[Any, ...]", self.default))
        if isinstance(self.default, Secret) and "://" in (url := self.default.reveal()):
            return without_user_info(url)
        return "" if self.default is None else str(self.default)

    def text(self, environ: Mapping[str, str]) -> str | None:
        # An empty variable is what `NAME: ${NAME:-}` leaves behind: not given.
        given, path = environ.get(self.name), environ.get(f"{self.name}_FILE")
        if given and path:
            raise Misfit(f"given twice, by itself and by {self.name}_FILE")
        if path:
            return _content(path)
        if not given and self.required:
            raise Misfit(f"missing, expects {self.expects}")
        return given or None

    def parse(self, text: str) -> Any:
        kind, secret = _plain(self.kind), _has_secret(self.kind)
        try:
            value = msgspec.convert(_shaped(text, kind), kind, strict=False)
        except msgspec.ValidationError:
            # A password stands before an @, however badly the rest is written.
            shown = "a value that does not fit (not shown)" if secret or "@" in text else _shown(text)
            raise Misfit(f"expects {self.expects}, got {shown}") from None
        return Secret(text) if secret else value


def _content(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        text = content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as fault:
        raise Misfit(f"its file {path!r} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise Misfit(f"its file {path!r} is not UTF-8") from None
    if not text or len(content) > _LARGEST_FILE:
        raise Misfit(f"its file {path!r} is {'too large' if text else 'empty'}")
    return text


def _plain(kind: Any) -> Any:
    """The type with `str` wherever it says Secret, which is what msgspec can judge."""
    if kind is Secret:
        return str
    if get_origin(kind) is Annotated:
        inner, *marks = get_args(kind)
        return Annotated[_plain(inner), *marks]
    if get_origin(kind) in (Union, types.UnionType):
        return cast("Any", Union)[tuple(map(_plain, get_args(kind)))]
    return kind


def _has_secret(kind: Any) -> bool:
    return kind is Secret or any(map(_has_secret, _inner(kind)))


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(choice for inner in _inner(kind) for choice in _choices(inner))


def _inner(kind: Any) -> tuple[Any, ...]:
    return () if get_origin(kind) is Literal else get_args(kind)


def _shaped(text: str, kind: Any) -> str | list[str]:
    if get_origin(kind) in _LISTS:
        return [item.strip() for item in text.split(",") if item.strip()]
    return text.lower() if text.lower() in _choices(kind) else text


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")
