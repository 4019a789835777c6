"""What could not be acted on is put aside whole, with why and how often, to be looked at and given again."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from flowkit.bus import PayloadTooLarge, header_block
from flowkit.contract import Consumer
from flowkit.reactions import given
from flowkit.reactions.given import Reason
from flowkit.streams import NotStored, Pulled, Streams
from flowkit.telemetry import spans
from flowkit.wire import headers, moments

# The server's word to whoever brings a second message for a subject that holds one at most.
THERE_ALREADY: Final = "maximum messages per subject"
_HEADERS_TOO_LARGE: Final = 10097
_LONGEST_FAULT: Final = 300
_AGAIN: Final = "again."
_log = structlog.get_logger("flowkit.reactions")


@dataclass(frozen=True, slots=True)
class DeadLetters:
    streams: Streams
    within: float = 5.0

    async def keep(self, consumer: Consumer, pulled: Pulled, reason: Reason, fault: str) -> None:
        """Returns once it is stored, or was before; raises the bus's faults."""
        told = _told(pulled, reason, fault)
        whole = _original(pulled.headers) | told
        for data, carried in ((pulled.data, whole), (b"", whole), (pulled.data, told)):
            with suppress(PayloadTooLarge):
                return await self._store(consumer, pulled, data, carried)
            # The rest can be read in the stream, until it is old or room is made: nobody has to act on it any more.
            _log.error("a dead letter is kept in part", event_id=given.event_id(pulled), place=pulled.place)
        return await self._store(consumer, pulled, b"", told)

    async def _store(self, consumer: Consumer, pulled: Pulled, data: bytes, carried: Mapping[str, str]) -> None:
        try:
            await self.streams.publish(f"{consumer.dead}.{_place(pulled)}", data, headers=carried, within=self.within)
        except NotStored as fault:
            if fault.code == _HEADERS_TOO_LARGE:
                raise PayloadTooLarge(fault.description) from fault
            if THERE_ALREADY not in fault.description:
                raise


def _place(pulled: Pulled) -> str:
    """One place for each event, however often it is stored or given up. What was given again and failed again has
    another: the letter it was made of may not have been removed yet."""
    id_ = given.event_id(pulled)
    if not id_:
        return f"at-{pulled.place}"
    return f"{id_}-{pulled.place}" if pulled.subject.startswith(_AGAIN) else id_


def _original(received: Mapping[str, str]) -> headers.Headers:
    """NATS's own are orders to the server: they were for the event, not for this."""
    return {
        name: value
        for name, value in received.items()
        if not name.lower().startswith("nats-") and header_block.can_travel(name, value)
    }


def _told(pulled: Pulled, reason: Reason, fault: str) -> headers.Headers:
    told = {
        headers.DEAD_REASON: reason,
        headers.DEAD_FAULT: _line(fault[:_LONGEST_FAULT]),
        headers.DEAD_ATTEMPTS: str(pulled.delivered),
        headers.DEAD_AT: moments.written(datetime.now(UTC)),
        headers.DEAD_SUBJECT: _line(pulled.subject),
        headers.DEAD_PLACE: str(pulled.place),
    }
    last: headers.Headers = {}
    spans.carry(last)
    if headers.TRACEPARENT in last:
        told[headers.DEAD_TRACEPARENT] = last[headers.TRACEPARENT]
    return told


def _line(text: str) -> str:
    """As it can travel in a header; anybody who may publish chooses a subject, and a fault may quote anything."""
    return "".join(each if each.isprintable() else " " for each in text).strip()
