"""Deliveries as nobody of ours would tell them: any bytes, any headers, any subject that a consumer is given."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import msgspec
from flowkit.bus import header_block
from flowkit.wire import headers

from .scenes import said, visited

_BODIES = (
    b"",
    b"{",
    b'{"guest": 1.5, oops',
    b'{"guest": 1.5, "said": ' + b"[" * 1100 + b"]" * 1100 + b"}",
    b"null",
    b"\xff",
)
_TOKENS = ("0", "7", "x", "\u200b", "\ufffd", "\U0001f600", "\u00e9\u0301", "\u202e")
_TEXTS = (
    "",
    "0",
    "1",
    "2",
    "\u00e9",
    "test.visited",
    "<b>",
    "9" * 5000,
    "2026-13-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
)


@dataclass(frozen=True, slots=True)
class Oddity:
    subject: str
    headers: Mapping[str, str]
    data: bytes


def oddities(count: int, seed: int = 5) -> Iterator[Oddity]:
    """The same each time; some of them are events like any other."""
    chance = Random(seed)  # noqa: S311  spreads work, keeps no secret
    for _ in range(count):
        before = chance.choice((visited.subject, visited.subject, visited.subject.replace("event.", "again.diary.")))
        yield Oddity(f"{before}.{chance.choice(_TOKENS)}", dict(_headers(chance)), _body(chance))


def _headers(chance: Random) -> Iterator[tuple[str, str]]:
    whole = {
        headers.EVENT: visited.name,
        headers.EVENT_VERSION: "1",
        headers.EVENT_ID: str(UUID(int=chance.getrandbits(128))),
        headers.CALLER: "host",
        headers.REQUEST_ID: "r-1",
        headers.OCCURRED_AT: datetime.now(UTC).isoformat(),
        headers.TRACEPARENT: f"00-{'1' * 32}-{'2' * 16}-01",
        "tracestate": "a=b",
        "baggage": "a=b",
        headers.DEAD_REASON: "failed",
    }
    for name, value in whole.items():
        match chance.randrange(12):
            case 0:
                pass
            case 1:
                yield name, _text(chance)
            case _:
                yield name, value
    if chance.randrange(4) == 0:
        yield f"x-{chance.randrange(100)}", _text(chance)


def _text(chance: Random) -> str:
    drawn = "".join(
        chr(chance.choice((chance.randrange(0x20, 0x7F), chance.randrange(0xA0, 0xD800)))) for _ in range(9)
    )
    text = chance.choice((*_TEXTS, drawn))
    return text if header_block.can_travel("x", text) else ""


def _body(chance: Random) -> bytes:
    fits = msgspec.json.encode(said("hello"))
    match chance.randrange(4):
        case 0:
            return chance.choice(_BODIES)
        case 1:
            cut = chance.randrange(len(fits))
            return fits[:cut] + chance.randbytes(chance.randrange(4)) + fits[cut + chance.randrange(4) :]
        case _:
            return fits
