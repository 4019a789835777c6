"""Trouble with events: some that nobody can act on, some that come twice, some that NATS does not take."""

from dataclasses import dataclass
from uuid import uuid4

import msgspec
from contracts import customer, order, payment
from flowkit.contract import EVENTS, Consumer
from flowkit.streams import Streams
from flowkit.wire import headers

from tests.cluster import Running
from tests.integration.records import records

WITHIN_S = 10.0
REGISTERED = Consumer("order", customer.registered)
PAID = Consumer("order", payment.completed)
# What customer may not tell, in the name of what it tells.
FORBIDDEN = f"{order.created.subject}.0"
INTO_THE_OUTBOX = (
    "INSERT INTO outbox (subject, key, headers, body) VALUES (:subject, :key, CAST(:headers AS jsonb), '')"
)


@dataclass(frozen=True, slots=True)
class EventTrouble:
    streams: Streams
    cluster: Running

    async def of_the_unreadable(self) -> None:
        await self._give(REGISTERED, b"nonsense", _headers(REGISTERED))

    async def of_the_impossible(self) -> None:
        """Paid for what nobody ordered: it is tried again and again."""
        body = {"paymentId": str(uuid4()), "orderId": str(uuid4()), "customerId": str(uuid4()), "amount": "1.00"}
        await self._give(PAID, msgspec.json.encode(body), _headers(PAID))

    async def of_the_repeated(self) -> None:
        told = await self.streams.read(EVENTS, subject=f"{customer.registered.subject}.*", most=1)
        for each in told:
            await self._give(REGISTERED, each.data, {**each.headers, headers.MESSAGE_ID: str(uuid4())})

    async def of_the_refused(self) -> None:
        told = msgspec.json.encode({headers.EVENT: customer.registered.name}).decode()
        async with records(self.cluster.database_url("customer")) as kept:
            await kept.change(INTO_THE_OUTBOX, subject=FORBIDDEN, key=str(uuid4()), headers=told)

    async def _give(self, to: Consumer, body: bytes, told: dict[str, str]) -> None:
        await self.streams.publish(f"{to.again}.0", body, headers=told, within=WITHIN_S)


def _headers(to: Consumer) -> dict[str, str]:
    return {
        headers.EVENT: to.event.name,
        headers.EVENT_VERSION: str(to.event.version),
        headers.EVENT_ID: str(uuid4()),
        headers.EVENT_KEY: str(uuid4()),
    }
