"""The cluster's own streams on a server of their own, what is told there, and what somebody could not act on."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
from contracts import customer
from contracts.bus import PARTICIPANTS
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import DEAD_LETTERS, EVENTS, Consumer
from flowkit.streams import Kept, Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.testing.streams import remove
from flowkit.wire import headers

ORDER = Consumer("order", customer.registered)
NOTIFICATION = Consumer("notification", customer.registered)
TRACE, LAST_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[NatsBus]:
    bus = NatsBus(NatsOptions(url))
    try:
        await bus.flush(within=20)
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def streams_of(bus: NatsBus) -> AsyncGenerator["Told"]:
    """Empty at first, and gone afterwards."""
    assert not await Keeping(bus, Declared.of(PARTICIPANTS, StreamOptions())).keep()
    yield Told(Streams(bus, patience_s=20))
    await remove(bus, EVENTS, DEAD_LETTERS)


@dataclass(frozen=True, slots=True)
class Told:
    streams: Streams

    async def tell(self, who: str = "", event_id: str = "", ago: timedelta = timedelta(0)) -> int:
        """As customer's relay does; the place it is stored at."""
        body = customer.CustomerRegistered(customer_id=who or str(uuid4()))
        carried = carried_by(body, event_id or str(uuid4())) | {
            headers.OCCURRED_AT: (datetime.now(UTC) - ago).isoformat()
        }
        subject = customer.registered.subject_of(body)
        stored = await self.streams.publish(subject, msgspec.json.encode(body), headers=carried, within=20)
        return stored.place

    async def give_up(
        self, who: str, consumer: Consumer = ORDER, event_id: str = "", data: bytes | None = None, **changed: str
    ) -> str:
        """As whoever could not act on it does; the id of the event."""
        body = customer.CustomerRegistered(customer_id=who)
        event_id = event_id or str(uuid4())
        carried = carried_by(body, event_id) | {
            headers.DEAD_REASON: "failed",
            headers.DEAD_FAULT: "REJECTED: no such product",
            headers.DEAD_ATTEMPTS: "6",
            headers.DEAD_SUBJECT: customer.registered.subject_of(body),
            headers.DEAD_TRACEPARENT: f"00-{LAST_TRACE}-00f067aa0ba902b7-01",
        }
        del carried[headers.MESSAGE_ID]
        told = carried | {name.replace("_", "-"): word for name, word in changed.items()}
        sent = msgspec.json.encode(body) if data is None else data
        await self.streams.publish(f"{consumer.dead}.{event_id}", sent, headers=told, within=20)
        return event_id

    async def dead(self) -> list[Kept]:
        return await self.streams.read(DEAD_LETTERS)

    async def given_again(self) -> list[Kept]:
        return await self.streams.read(EVENTS, subject="again.>")


def carried_by(body: customer.CustomerRegistered, event_id: str) -> dict[str, str]:
    return {
        headers.EVENT: customer.registered.name,
        headers.EVENT_VERSION: str(customer.registered.version),
        headers.EVENT_ID: event_id,
        headers.EVENT_KEY: customer.registered.key(body),
        headers.MESSAGE_ID: event_id,
        headers.CALLER: "customer",
        headers.TRACEPARENT: f"00-{TRACE}-00f067aa0ba902b7-01",
    }
