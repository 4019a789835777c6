"""What is written into a black box, entry by entry, as it is said; a span's entries make it whole again."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

type Int = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
type Moment = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""In nanoseconds, as OpenTelemetry has it."""
type TraceId = Annotated[bytes, Meta(min_length=16, max_length=16)]
type SpanId = Annotated[bytes, Meta(min_length=8, max_length=8)]
type Scalar = str | bool | Int | float
type Value = Scalar | list[Scalar]


class Begun(Struct, frozen=True, array_like=True, gc=False, tag="b"):
    trace_id: TraceId
    span_id: SpanId
    parent_id: SpanId | None
    kind: Annotated[int, Meta(ge=0, le=4)]
    name: str
    at: Moment
    attributes: dict[str, Value] = {}
    links: tuple[tuple[TraceId, SpanId], ...] = ()


class Said(Struct, frozen=True, array_like=True, gc=False, tag="s"):
    """A step."""

    sentence: str
    at: Moment


class Took(Struct, frozen=True, array_like=True, gc=False, tag="t"):
    """The work that a step wraps is over; `step` is its place among them."""

    step: Annotated[int, Meta(ge=0)]
    ms: float


class Noted(Struct, frozen=True, array_like=True, gc=False, tag="n"):
    """What became known on the way."""

    attributes: dict[str, Value] = {}
    name: str | None = None


class Lost(Struct, frozen=True, array_like=True, gc=False, tag="l"):
    """There was no room for what came then."""


class Ended(Struct, frozen=True, array_like=True, gc=False, tag="e"):
    at: Moment
    status: Literal[0, 1, 2] = 0
    why: str | None = None
    name: str | None = None
    attributes: dict[str, Value] = {}


type Entry = Begun | Said | Took | Noted | Lost | Ended

HEAD: Final = 2
"""The bytes before each entry: its length."""
_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Entry] = msgspec.msgpack.Decoder(Begun | Said | Took | Noted | Lost | Ended)


class Unreadable(Exception):
    """Damaged, or written by a version that we are not."""


def written(entry: Entry) -> bytes:
    """Raises where msgpack cannot say it, or it is longer than the head can."""
    data = _encode(entry)
    return len(data).to_bytes(HEAD, "little") + data


def read(data: bytes) -> list[Entry]:
    """Raises Unreadable."""
    entries: list[Entry] = []
    while data:
        end = HEAD + int.from_bytes(data[:HEAD], "little")
        if end > len(data):
            raise Unreadable("an entry is cut short")
        try:
            entries.append(_decoder.decode(data[HEAD:end]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise Unreadable(str(fault)) from None
        data = data[end:]
    return entries
