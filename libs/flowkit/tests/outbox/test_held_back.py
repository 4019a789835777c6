"""An event that cannot be stored as it is: its own key waits, is told of as what it is, and nobody else waits."""

import pytest
from flowkit.bus.nats import NatsBus
from flowkit.contract import EVENTS
from flowkit.outbox import standing
from flowkit.outbox.held import FEW, LONGEST_WAIT_S, HeldBack
from flowkit.streams import Streams
from structlog.testing import capture_logs

from .conftest import Relaying, change
from .seen import numbers, said
from .told import CounterStore, left, tell
from .until import stored, until


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "LOOK_EVERY_S", 0.1)


async def test_an_event_the_broker_does_not_take_holds_its_own_key_back_alone(
    store: CounterStore, streams: Streams, relay: Relaying, bus: NatsBus
) -> None:
    now = 0.0
    await change(bus, max_msg_size=4000)
    with capture_logs() as lines:
        async with relay(held=HeldBack(clock=lambda: now)) as running:
            poison = await tell(store, "ada", 1, padding="x" * 8000)
            await until(lambda: running.held == 1)
            await tell(store, "ada", 2)
            for n in range(5):
                await tell(store, f"bob {n}", n)
            assert numbers(await stored(streams, 5), "ada") == []
            await until(lambda: running.waiting == 2 and running.oldest == 0)
            await change(bus, max_msg_size=100_000)
            now = LONGEST_WAIT_S
            assert numbers(await stored(streams, 7), "ada") == [1, 2]
            await until(lambda: running.held == 0)
    (held,) = said(lines, "events are held back, with all later ones of their keys: they cannot be stored as they are")
    assert (held["log_level"], held["event_id"], held["about"]) == ("error", poison, "counter.counted")
    assert [line["event_id"] for line in said(lines, "an event that was held back is stored")] == [poison]
    assert said(lines, "events wait in the outbox") == []


async def test_more_than_a_few_held_back_are_no_longer_bad_events_but_a_fault_of_all(
    store: CounterStore, streams: Streams, relay: Relaying, bus: NatsBus
) -> None:
    await change(bus, max_msg_size=4000)
    async with relay() as running:
        for n in range(FEW + 1):
            await tell(store, f"key {n}", n, padding="x" * 8000)
        await until(lambda: running.held == FEW + 1 and running.oldest > 0)
    assert await streams.read(EVENTS) == []


async def test_headers_the_broker_does_not_take_hold_their_own_key_back_alone(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    async with relay() as running:
        async with store.transaction() as tx:
            await tx.tell_nobody("ada", headers=f'{{"flow-event": "counter.counted", "x-huge": "{"x" * 65_536}"}}')
            await tx.tell("bob", 1)
        assert numbers(await stored(streams, 1), "bob") == [1]
        await until(lambda: running.held == 1 and running.waiting == 1)


async def test_a_row_that_cannot_be_read_holds_its_own_key_back_alone(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    with capture_logs() as lines:
        async with relay() as running:
            async with store.transaction() as tx:
                await tx.tell_nobody("ada", headers='{"flow-event": "counter.counted", "flow-event-version": 1}')
                await tx.tell("ada", 2)
                await tx.tell("bob", 1)
            assert numbers(await stored(streams, 1), "bob") == [1]
            await until(lambda: running.held == 1 and running.waiting == 2)
            assert await left(store) == 2
    assert {line["log_level"] for line in lines if "held back" in line["event"]} == {"error"}
    assert said(lines, "events wait in the outbox") == []
