"""Events that tell secrets, as a peer that may tell some could tell them; and all that the streams keep."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import msgspec
from contracts import customer
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import DEAD_LETTERS, Consumer
from flowkit.streams import Kept, Streams
from flowkit.wire import headers

from tests.cluster import Running

from .planting import Secrets

PATIENCE_S = 30.0
MARK = "note"
"""Nobody's header: what is not known is carried along."""
BY = Consumer("order", customer.registered)


@dataclass(frozen=True, slots=True)
class Poison:
    streams: Streams
    secrets: Secrets
    mark: str = field(default_factory=lambda: str(uuid4()))

    async def give(self) -> Sequence[Kept]:
        """The dead letters they end as."""
        given = list(self._events())
        for told, body in given:
            await self.streams.publish(f"{BY.again}.0", body, headers=told | {MARK: self.mark}, within=PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            while len(letters := await self._letters()) < len(given):
                await asyncio.sleep(0.05)
        return letters

    async def _letters(self) -> Sequence[Kept]:
        kept = await everything(self.streams, DEAD_LETTERS)
        return [each for each in kept if each.headers.get(MARK) == self.mark]

    def _events(self) -> Iterator[tuple[dict[str, str], bytes]]:
        """In bodies as values and as names, and in each header that is read."""
        told, secrets = self.secrets.body | {"token": self.secrets.token}, self.secrets
        for body in (told, {value: name for name, value in told.items()}, {"customerId": secrets.email}, secrets.token):
            yield _headers(), msgspec.json.encode(body)
        yield _headers(), secrets.password.encode()
        for name in (headers.EVENT, headers.EVENT_VERSION, headers.EVENT_ID, headers.OCCURRED_AT, headers.CALLER):
            yield _headers(**{name: secrets.api_key}), msgspec.json.encode(told)
        for name in (headers.EVENT_KEY, headers.REQUEST_ID, headers.TRACEPARENT, headers.BAGGAGE, headers.MESSAGE_ID):
            yield _headers(**{name: f"{secrets.email} {secrets.token}"}), b"{}"


def _headers(**changed: str) -> dict[str, str]:
    return {
        headers.EVENT: customer.registered.name,
        headers.EVENT_VERSION: str(customer.registered.version),
        headers.EVENT_ID: str(uuid4()),
        headers.EVENT_KEY: str(uuid4()),
    } | changed


async def everything(streams: Streams, stream: str) -> Sequence[Kept]:
    kept = list[Kept]()
    while page := await streams.read(stream, start=kept[-1].place + 1 if kept else 1):
        kept += page
    return kept


@asynccontextmanager
async def as_the_operator(cluster: Running) -> AsyncGenerator[Streams]:
    bus = NatsBus(NatsOptions(cluster.nats_url))
    try:
        yield Streams(bus)
    finally:
        await bus.close()
