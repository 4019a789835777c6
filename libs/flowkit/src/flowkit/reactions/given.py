"""What a delivery says: which event it is, when that happened, and what it tells; nothing of it is taken on trust."""

import re
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct

from flowkit.contract import Event, Invalid
from flowkit.streams import Pulled
from flowkit.telemetry.redaction import without_secrets
from flowkit.wire import headers, moments
from flowkit.wire.decoding import PayloadDecoder

type Reason = Literal["undecodable", "wrong_version", "failed", "unavailable", "abandoned"]
REASONS: tuple[Reason, ...] = ("undecodable", "wrong_version", "failed", "unavailable", "abandoned")

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MESSAGE_ID = re.compile(r"(again-)?[0-9a-f-]{1,40}")
_VERSION = re.compile(r"[0-9]{1,6}")


class Unreadable(Exception):
    """However often it is given, it will be no event of this kind; `fault` says why, and nothing of what it holds."""

    def __init__(self, reason: Reason, fault: str) -> None:
        self.reason: Reason = reason
        self.fault = fault
        super().__init__(fault)


def event_id(pulled: Pulled) -> str:
    """Empty where it names none."""
    given = pulled.headers.get(headers.EVENT_ID, "")
    return given if _ID.fullmatch(given) else ""


def message_id(pulled: Pulled) -> str:
    """As NATS tells messages apart: the event's id, or what it was given again as."""
    given = pulled.headers.get(headers.MESSAGE_ID, "")
    return given if _MESSAGE_ID.fullmatch(given) else ""


def occurred_at(pulled: Pulled) -> datetime:
    """As its announcer says; when it was stored, where that cannot be read or lies ahead of us."""
    told = moments.read(pulled.headers.get(headers.OCCURRED_AT, ""))
    return pulled.stored_at if told is None or told > datetime.now(UTC) else told


def read[Body: Struct](event: Event[Body], decoder: PayloadDecoder[Any], pulled: Pulled) -> Body:
    """Raises Unreadable."""
    if pulled.headers.get(headers.EVENT) != event.name:
        raise Unreadable("undecodable", f"it is not told to be {event.name}")
    version = pulled.headers.get(headers.EVENT_VERSION, "")
    if version != str(event.version):
        told = version if _VERSION.fullmatch(version) else "unreadable"
        raise Unreadable("wrong_version", f"version {told}, where {event.version} is known")
    if not event_id(pulled):
        raise Unreadable("undecodable", "it has no id")
    try:
        return decoder.decode(pulled.data)
    except Invalid as fault:
        wrong = "; ".join(f"{each.field}: {each.message}" if each.field else each.message for each in fault.detailed)
        raise Unreadable("undecodable", without_secrets(wrong)) from fault
