"""Streams with the users as they are deployed: each does its part, and none is denied it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from contracts.bus import PARTICIPANTS
from flowkit.bus import Denied
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.bus.subject import matches
from flowkit.contract import DEAD_LETTERS, EVENTS, consumers_of
from flowkit.servers import NatsServer
from flowkit.streams import Streams
from flowkit.streams.declared import Declared, StreamOptions
from flowkit.streams.keeping import Keeping
from flowkit.streams.room import FILLS, Room
from flowkit.testing.streams import left_for

USERS = (Path(__file__).parents[2] / "deploy/nats/users.conf").read_text()
REGISTERED = "event.customer.registered.v1.0"
ORDERS_OF_IT = "order-customer-registered-v1"
SOON_S = 20.0
READERS = [
    reader
    for each in PARTICIPANTS
    for event in each.reacts_to
    for reader in consumers_of(each.name, event)
    if any(matches(subject, REGISTERED) for subject in reader.subjects)
]


@dataclass(frozen=True, slots=True)
class Users:
    server: NatsServer
    stack: AsyncExitStack
    buses: dict[str, NatsBus]

    async def streams(self, name: str) -> Streams:
        if name not in self.buses:
            bus = self.buses[name] = NatsBus(NatsOptions(self.server.url_of(name), name=name))
            self.stack.push_async_callback(bus.close)
            await bus.flush(within=SOON_S)
        return Streams(self.buses[name])

    @property
    def denied(self) -> dict[str, int]:
        return {name: bus.permission_violations for name, bus in self.buses.items() if bus.permission_violations}


@pytest.fixture
async def users() -> AsyncGenerator[Users]:
    async with NatsServer.temporary(USERS) as server, AsyncExitStack() as stack:
        users = Users(server, stack, {})
        auth = await users.streams("auth")
        assert await Keeping(auth.bus, Declared.of(PARTICIPANTS, StreamOptions())).keep() == ()
        yield users


async def test_an_event_goes_from_whoever_announces_it_to_whoever_reacts(users: Users) -> None:
    customer, order = await users.streams("customer"), await users.streams("order")
    await customer.publish(REGISTERED, b"{}", headers={"Nats-Msg-Id": "1"}, within=SOON_S)
    (pulled,) = await order.pull(ORDERS_OF_IT, 10, SOON_S)
    await order.working(pulled)
    await order.again(pulled, 0)
    (pulled,) = await order.pull(ORDERS_OF_IT, 10, SOON_S)
    await order.done(pulled)

    assert (await order.consumer(ORDERS_OF_IT)).unacknowledged == 0
    assert users.denied == {}


async def test_a_dead_letter_is_found_given_again_and_dropped_by_an_operator(users: Users) -> None:
    order, operator = await users.streams("order"), await users.streams("operator")
    await order.publish("dead.order.customer.registered.v1.id", b"{}", headers={}, within=SOON_S)
    (dead,) = await operator.read(DEAD_LETTERS)
    await operator.publish("again.order.customer.registered.v1.0", dead.data, headers={}, within=SOON_S)
    assert await operator.drop(DEAD_LETTERS, dead.place)

    assert [each.data for each in await order.pull(ORDERS_OF_IT, 1, SOON_S)] == [b"{}"]
    assert (await operator.info(EVENTS)).messages == 1
    assert (await operator.consumer(ORDERS_OF_IT)).unacknowledged == 1
    assert users.denied == {}


async def test_auth_makes_room_of_what_all_have_acted_on(users: Users) -> None:
    auth, customer, operator = [await users.streams(each) for each in ("auth", "customer", "operator")]
    declared = Declared.of(PARTICIPANTS, StreamOptions(most_bytes=1 << 16))
    assert await Keeping(auth.bus, declared).keep() == ()
    while (await auth.info(EVENTS)).share <= FILLS:
        await customer.publish(REGISTERED, b"x" * 1000, headers={}, within=SOON_S)
    room = Room.of(auth.bus, declared)
    assert (await room.make()).removed == 0

    for reader in READERS:
        streams = await users.streams(reader.service)
        while await left_for(operator, reader.name):
            for pulled in await streams.pull(reader.name, 1, SOON_S):
                await streams.done(pulled)

    assert (await room.make()).removed > 0
    assert users.denied == {}


async def test_what_another_reads_is_not_to_be_had(users: Users) -> None:
    order = await users.streams("order")

    with pytest.raises(Denied, match="payment-order-created-v1"):
        await order.pull("payment-order-created-v1", 1, SOON_S)
    with pytest.raises(Denied):
        await order.read(EVENTS)
    with pytest.raises(Denied):
        await order.publish(REGISTERED, b"{}", headers={}, within=SOON_S)
