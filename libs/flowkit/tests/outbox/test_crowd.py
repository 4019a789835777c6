"""One key with a great deal waiting does not keep the others waiting, nor is its own order another."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest
from flowkit.bus import Disconnected
from flowkit.outbox import row
from flowkit.outbox.crowd import MOST, Crowd
from flowkit.outbox.relay import ROWS
from flowkit.outbox.row import take
from flowkit.postgres.connection import Connection
from flowkit.streams import Streams

from .conftest import Relaying
from .seen import numbers
from .told import CounterStore
from .until import emptied, stored

NOBODY: Final = frozenset[str]()


async def burst(store: CounterStore, *keys: str) -> None:
    """Of each of them more than two turns, and then one of somebody else."""
    async with store.transaction() as tx:
        for key in keys:
            for n in range(2 * ROWS + 50):
                await tx.tell(key, n)
        await tx.tell("bob", 1)


async def test_who_stands_behind_a_crowd_is_next_but_one(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    await burst(store, "ada")
    async with relay():
        events = await stored(streams, 2 * ROWS + 51)
        await emptied(store)
    keys = [event.headers["flow-event-key"] for event in events]
    assert keys.index("bob") <= ROWS
    assert numbers(events, "ada") == list(range(2 * ROWS + 50))


async def test_two_relays_keep_the_order_of_keys_that_are_passed_over(
    store: CounterStore, streams: Streams, relay: Relaying
) -> None:
    await burst(store, "ada", "eve")
    async with relay(), relay():
        events = await stored(streams, 2 * (2 * ROWS + 50) + 1)
        await emptied(store)
    assert [numbers(events, key) for key in ("ada", "eve")] == 2 * [list(range(2 * ROWS + 50))]
    assert numbers(events, "bob") == [1]


async def test_a_crowd_too_long_to_walk_past_goes_by_itself(
    store: CounterStore, streams: Streams, relay: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks = Walks()
    monkeypatch.setattr(row, "take", walks.none)
    await burst(store, "ada")
    async with relay():
        events = await stored(streams, 2 * ROWS + 51)
        await emptied(store)
    assert numbers(events, "ada") == list(range(2 * ROWS + 50))
    assert walks.passed
    assert not any(walks.passed_by_one)


async def test_while_the_broker_is_away_nobody_is_walked_past(
    store: CounterStore, streams: Streams, relay: Relaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks = Walks()
    monkeypatch.setattr(row, "take", walks.all)
    await burst(store, "ada")
    async with relay(AwayOnce(streams)):
        events = await stored(streams, 2 * ROWS + 51)
        await emptied(store)
    assert numbers(events, "ada") == list(range(2 * ROWS + 50))
    assert walks.passed_by_one[0] == []


@dataclass(slots=True)
class Walks:
    """Who was passed over, turn by turn; of turns that try one row, too."""

    passed: list[str] = field(default_factory=list[str])
    passed_by_one: list[list[str]] = field(default_factory=list[list[str]])

    async def all(self, connection: Connection, without: Collection[str], **bounds: int) -> list[row.Row]:
        self.passed += without
        if bounds["rows"] == 1:
            self.passed_by_one.append([*without])
        return await take(connection, without, **bounds)

    async def none(self, connection: Connection, without: Collection[str], **bounds: int) -> list[row.Row]:
        taken = await self.all(connection, without, **bounds)
        if without:
            raise TimeoutError
        return taken


@dataclass(slots=True)
class AwayOnce:
    """In the midst of the first turn."""

    streams: Streams
    asked: int = 0

    async def publish(self, subject: str, data: bytes, *, headers: Mapping[str, str], within: float) -> object:
        self.asked += 1
        if self.asked == ROWS // 2:
            raise Disconnected
        return await self.streams.publish(subject, data, headers=headers, within=within)


@dataclass(slots=True)
class Turns:
    """Of a relay with so many keys ahead that each could fill it, and one event behind them."""

    busy: int
    walk_s: float
    now: float = 0.0
    walked: float = 0.0
    reached: int = 0
    since: dict[str, float] = field(default_factory=dict[str, float])
    longest_wait: float = 0.0

    def take(self, crowd: Crowd) -> None:
        passed = crowd.passed
        key = next((key for key in map(str, range(self.busy)) if key not in passed), "bob")
        took = self.walk_s if passed else 0.01
        self.now += took
        self.walked += took if passed else 0.0
        crowd.saw([key], passed, is_full=key != "bob", took=took)
        self.reached += key == "bob"
        self.longest_wait = max(self.longest_wait, self.now - self.since.get("0", 0.0))
        if key == "0":
            self.since["0"] = self.now
        self.now += 0.3


@pytest.mark.parametrize("busy", [1, 2, 60])
def test_walking_past_crowds_costs_a_twentieth_however_many_stand_one_behind_the_other(busy: int) -> None:
    turns = Turns(busy, walk_s=1.0)
    crowd = Crowd(lambda: turns.now)
    for _ in range(10_000):
        turns.take(crowd)
    assert turns.walked < 0.05 * turns.now
    assert turns.reached >= 1
    assert turns.longest_wait < 2.0


def test_a_crowd_behind_a_crowd_is_passed_over_as_well() -> None:
    crowd = Crowd()
    crowd.saw(["ada"], NOBODY, is_full=True, took=0.0)
    assert crowd.passed == {"ada"}
    crowd.saw(["eve"], crowd.passed, is_full=True, took=0.0)
    assert crowd.passed == {"ada", "eve"}
    crowd.saw(["bob"], crowd.passed, is_full=False, took=0.0)
    assert crowd.passed == set()


def test_where_no_more_could_have_been_taken_nobody_is_passed_over() -> None:
    crowd = Crowd()
    crowd.saw(["ada"], NOBODY, is_full=False, took=0.0)
    assert crowd.passed == set()


def test_many_keys_are_no_crowd() -> None:
    crowd = Crowd()
    crowd.saw([f"key {n}" for n in range(MOST)], NOBODY, is_full=True, took=0.0)
    assert crowd.passed == set()


@pytest.mark.parametrize("is_there", [True, False])
def test_where_it_costs_much_to_walk_past_a_crowd_it_is_done_seldom(is_there: bool) -> None:
    now = 0.0
    crowd = Crowd(lambda: now)
    crowd.saw(["ada"], NOBODY, is_full=True, took=0.0)
    if is_there:
        crowd.saw(["bob"], crowd.passed, is_full=False, took=3.0)
    else:
        crowd.failed(crowd.passed, took=3.0)
    now = 59.0
    crowd.saw(["ada"], NOBODY, is_full=True, took=0.0)
    assert crowd.passed == set()
    now = 61.0
    assert crowd.passed == {"ada"}
