"""What has left the services: events, read from the stream, and letters, read from the log."""

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec
from flowkit.contract import EVENTS
from flowkit.contract.consumer import EVERY_EVENT
from flowkit.streams import Kept, Streams
from flowkit.telemetry import names
from flowkit.wire.headers import EVENT_ID

from tests.cluster.logbook import Line, LogBook
from tests.integration.chaos.system import NotInTime, true_within

from .books import Announcement

PAGE: Final = 500
# A line that was written and not read yet: the check tells what is missing after that.
LAST_LINES_S: Final = 10.0


class _About(msgspec.Struct, rename="camel"):
    """Orders' and payments' events are about orders."""

    customer_id: str
    order_id: str = ""


@dataclass(slots=True)
class Overheard:
    """Of all that was told so far; read on from time to time, so that nothing is read twice."""

    streams: Streams
    log: LogBook
    events: list[Announcement] = field(default_factory=list[Announcement])
    letters: list[str] = field(default_factory=list[str])
    given_again: Counter[str] = field(default_factory=Counter[str])
    """Deliveries of events that were not the first, by what became of them."""
    _place: int = 0

    async def listen(self, sent: Collection[str]) -> None:
        """Until the lines about those notifications are here, for a while; leaves the log book empty."""
        while page := await self.streams.read(EVENTS, start=self._place + 1, most=PAGE, subject=EVERY_EVENT):
            self.events += map(_announcement, page)
            self._place = page[-1].place

        async def are_here() -> bool:
            self._hear()
            return set(self.letters).issuperset(sent)

        with suppress(NotInTime):
            await true_within(LAST_LINES_S, are_here, "every letter has its line")

    def _hear(self) -> None:
        for line in [line for lines in self.log.lines.values() for line in lines]:
            self._take(line)
        self.log.forget()

    def _take(self, line: Line) -> None:
        match line["event"]:
            case "notification logged":
                self.letters.append(line["notification_id"])
            case names.EVENT_HANDLED if line["attempt"] > 1:
                self.given_again[line["outcome"]] += 1
            case _:
                pass


def _announcement(kept: Kept) -> Announcement:
    about = msgspec.json.decode(kept.data, type=_About)
    name = kept.subject.removeprefix("event.").rpartition(".v")[0]
    return Announcement(kept.headers[EVENT_ID], name, about.order_id or about.customer_id)
