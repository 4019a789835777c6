"""A sender with all that it stands on, and a channel that is told what to do."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from contracts import customer
from contracts.customer import Contact
from contracts.notification import Kind, Notification
from flowkit.contract import FlowError
from flowkit.telemetry.spans import Tracing
from flowkit.testing.flows import ImaginedFlows
from msgspec import Struct
from notification_service.ports import Channel, Flows, Message, Store
from notification_service.sender.delivery import Delivery
from notification_service.sender.sender import Sender, SenderOptions
from opentelemetry.trace import NoOpTracer

ADA = Contact(email="ada@example.org", first_name="Ada")
CUSTOMER = str(uuid4())
PATIENCE_S = 60.0
# Quick, so that a test waits for what is to happen and not for a clock.
QUICK = SenderOptions(poll=0.05, lease=30.0, first_wait=0.05, first_pause=0.02, longest_pause=0.1, farewell=10.0)


@dataclass(slots=True)
class Stub:
    """`faults` are raised one after the other, before anything is sent."""

    sent: list[Message] = field(default_factory=list[Message])
    tried: int = 0
    at_once: int = 0
    most_at_once: int = 0
    faults: list[Exception] = field(default_factory=list[Exception])
    may_send: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_send.set()

    async def send(self, message: Message) -> None:
        self.tried += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.may_send.wait()
        finally:
            self.at_once -= 1
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(message)


def answering(answer: Struct | FlowError = ADA) -> ImaginedFlows:
    return ImaginedFlows({customer.contact.subject: answer})


def a_delivery(channel: Channel, flows: Flows | None = None, tracing: Tracing | None = None) -> Delivery:
    return Delivery(flows or answering(), channel, tracing or Tracing(NoOpTracer()), PATIENCE_S)


@asynccontextmanager
async def sending(
    store: Store, channel: Channel, options: SenderOptions = QUICK, flows: Flows | None = None
) -> AsyncGenerator[Sender]:
    sender = Sender(store, a_delivery(channel, flows), options)
    async with sender.running():
        yield sender


async def put_down(
    store: Store, count: int = 1, kind: Kind = "order_received", customer_id: str = CUSTOMER
) -> list[str]:
    async with store.transaction() as tx:
        put = [await tx.add(kind, customer_id, str(uuid4())) for _ in range(count)]
    return [id_ for id_ in put if id_ is not None]


async def listed(store: Store) -> Sequence[Notification]:
    async with store.reading() as tx:
        return await tx.page(CUSTOMER, 1, 1000)


async def until(is_so: Callable[[], bool], within: float = 40.0) -> None:
    async with asyncio.timeout(within):
        while not is_so():
            await asyncio.sleep(0.01)


async def until_ended(store: Store, within: float = 40.0) -> Sequence[Notification]:
    """Nothing waits any more."""
    async with asyncio.timeout(within):
        found = await listed(store)
        while any(each.status == "waiting" for each in found):
            await asyncio.sleep(0.02)
            found = await listed(store)
    return found
