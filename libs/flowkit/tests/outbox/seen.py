"""What there is to see afterwards: the events of a key, the lines of a log."""

import json
from collections.abc import Sequence

from flowkit.streams import Kept
from structlog.typing import EventDict


def numbers(events: Sequence[Kept], key: str) -> list[int]:
    return [int(json.loads(event.data)["n"]) for event in events if event.headers["flow-event-key"] == key]


def said(lines: Sequence[EventDict], event: str) -> list[EventDict]:
    return [line for line in lines if line["event"] == event]
