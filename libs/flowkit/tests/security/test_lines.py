import asyncio

import pytest
from flowkit.contract import Overloaded
from flowkit.security.lines import Lines


async def test_so_many_of_a_key_are_served_at_once_and_other_keys_do_not_wait() -> None:
    lines, served, leave = Lines(at_once=2, patience=30), list[str](), asyncio.Event()

    async def come(key: str) -> None:
        async with lines.turn(key):
            served.append(key)
            await leave.wait()

    async with asyncio.TaskGroup() as group:
        for key in ("ada", "ada", "ada", "bob"):
            group.create_task(come(key))
        await asyncio.sleep(0.01)
        assert served == ["ada", "ada", "bob"]
        leave.set()
    assert served == ["ada", "ada", "bob", "ada"]
    assert len(lines) == 0


async def test_who_has_waited_for_too_long_is_turned_away_and_forgotten() -> None:
    lines = Lines(at_once=1, patience=0.01)
    async with lines.turn("ada"):
        with pytest.raises(Overloaded):
            async with lines.turn("ada"):
                pytest.fail("there was no room")
        assert len(lines) == 1
    assert len(lines) == 0


async def test_who_leaves_the_line_frees_its_place() -> None:
    lines = Lines(at_once=1, patience=5)

    async def come() -> None:
        async with lines.turn("ada"):
            await asyncio.sleep(0)

    async with lines.turn("ada"):
        leaving = asyncio.create_task(come())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
    await asyncio.wait_for(come(), 10)
    assert len(lines) == 0
