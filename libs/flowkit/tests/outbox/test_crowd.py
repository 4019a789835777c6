"""One key with a great deal waiting does not keep the others waiting, nor is its own order another."""

from flowkit.outbox.crowd import MOST, Crowd
from flowkit.outbox.relay import ROWS
from flowkit.streams import Streams

from .conftest import Relaying
from .seen import numbers
from .told import CounterStore
from .until import emptied, stored


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


def test_a_crowd_behind_a_crowd_is_passed_over_as_well() -> None:
    crowd = Crowd()
    crowd.saw(["ada"], is_full=True, took=0.0)
    assert crowd.passed == {"ada"}
    crowd.saw(["eve"], is_full=True, took=0.0)
    assert crowd.passed == {"ada", "eve"}
    crowd.saw(["bob"], is_full=False, took=0.0)
    assert crowd.passed == set()


def test_where_no_more_could_have_been_taken_nobody_is_passed_over() -> None:
    crowd = Crowd()
    crowd.saw(["ada"], is_full=False, took=0.0)
    assert crowd.passed == set()


def test_many_keys_are_no_crowd() -> None:
    crowd = Crowd()
    crowd.saw([f"key {n}" for n in range(MOST)], is_full=True, took=0.0)
    assert crowd.passed == set()


def test_where_it_costs_much_to_walk_past_a_crowd_it_is_done_seldom() -> None:
    crowd = Crowd()
    crowd.saw(["ada"], is_full=True, took=0.0)
    crowd.saw([], is_full=False, took=3600.0)
    crowd.saw(["ada"], is_full=True, took=0.0)
    assert crowd.passed == set()
