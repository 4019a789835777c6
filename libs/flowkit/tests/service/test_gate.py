"""How many run, how many wait, who goes next."""

import asyncio

import pytest
from flowkit.service.gate import Gate, Turn


def turn_of(gate: Gate) -> Turn:
    turn = gate.admit()
    assert turn is not None
    return turn


async def test_past_the_line_the_next_one_is_turned_away_at_once() -> None:
    gate = Gate(limit=1, line=1)
    for _ in range(2):
        turn_of(gate)

    assert gate.admit() is None
    assert (gate.running, gate.waiting) == (1, 1)


async def test_who_waits_goes_in_order_as_turns_are_left() -> None:
    gate = Gate(limit=1, line=2)
    first, second, third = turn_of(gate), turn_of(gate), turn_of(gate)
    order: list[str] = []

    async def work(name: str, turn: Turn) -> None:
        await turn.come()
        order.append(name)
        turn.leave()

    async with asyncio.TaskGroup() as group:
        group.create_task(work("second", second))
        group.create_task(work("third", third))
        group.create_task(work("first", first))

    assert order == ["first", "second", "third"]
    assert (gate.running, gate.waiting) == (0, 0)


async def test_a_flow_that_waits_for_another_service_gives_up_its_turn() -> None:
    gate = Gate(limit=1, line=1)
    outer, inner = turn_of(gate), turn_of(gate)

    outer.step_aside()
    await asyncio.wait_for(inner.come(), 10)
    back = asyncio.create_task(outer.step_back())
    await asyncio.sleep(0)
    assert not back.done()

    inner.leave()
    await back
    outer.leave()
    assert (gate.running, gate.waiting, gate.aside) == (0, 0, 0)


async def test_who_comes_back_goes_before_who_has_not_begun() -> None:
    gate = Gate(limit=1, line=4)
    outer, inner, newcomer = turn_of(gate), turn_of(gate), turn_of(gate)
    outer.step_aside()
    await inner.come()
    back = asyncio.create_task(outer.step_back())
    waiting = asyncio.create_task(newcomer.come())
    await asyncio.sleep(0)

    inner.leave()
    await back

    assert not waiting.done()
    outer.leave()
    await waiting


async def test_two_requests_waited_for_at_once_take_back_one_turn() -> None:
    gate = Gate(limit=1, line=1)
    turn = turn_of(gate)
    turn.step_aside()
    turn.step_aside()
    assert gate.running == 0

    await turn.step_back()
    await turn.step_back()
    assert gate.running == 1
    turn.leave()
    assert (gate.running, gate.aside) == (0, 0)


@pytest.mark.parametrize("already_due", [False, True])
async def test_a_cancelled_place_is_free_again(already_due: bool) -> None:
    gate = Gate(limit=1, line=1)
    first, second = turn_of(gate), turn_of(gate)
    waiting = asyncio.create_task(second.come())
    await asyncio.sleep(0)
    if already_due:
        first.leave()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    second.leave()
    first.leave()

    assert (gate.running, gate.waiting) == (0, 0)
    turn_of(gate)


async def test_those_who_stepped_aside_are_bounded_too() -> None:
    gate = Gate(limit=1, line=1, aside_most=2)
    for _ in range(2):
        turn_of(gate).step_aside()
    turn_of(gate)

    assert gate.admit() is None
