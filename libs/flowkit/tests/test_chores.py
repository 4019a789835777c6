"""What a process does on the side goes on, whatever happens to it."""

import asyncio
from contextlib import suppress

import pytest
from flowkit import chores
from flowkit.chores import alongside, lasting
from structlog.testing import capture_logs

SOON_S = 20.0


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "AGAIN_S", 0.0)


async def test_what_fails_is_begun_anew_and_told_once_a_minute() -> None:
    tries = 0

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries < 5:
            raise LookupError(tries)

    with capture_logs() as lines:
        await lasting("looking", work)

    assert tries == 5
    ((line),) = lines
    assert (line["log_level"], line["chore"], str(line["exc_info"])) == ("error", "looking", "1")


async def test_it_is_told_again_once_the_minute_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "TELL_EVERY_S", 0.0)
    left = [LookupError(), LookupError()]

    async def work() -> None:
        if left:
            raise left.pop()

    with capture_logs() as lines:
        await lasting("looking", work)

    assert [line["chore"] for line in lines] == ["looking", "looking"]


async def test_what_it_waited_for_and_was_cancelled_is_not_its_end() -> None:
    began = asyncio.Event()
    awaited = [asyncio.get_running_loop().create_future()]
    awaited[0].cancel()

    async def work() -> None:
        if awaited:
            await awaited.pop()
        began.set()

    async with alongside("waiting", work), asyncio.timeout(SOON_S):
        await began.wait()


async def test_it_ends_with_whoever_began_it() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with alongside("waiting", work), asyncio.timeout(SOON_S):
        await began.wait()
    assert ended.is_set()


async def test_it_ends_while_it_rests_from_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "AGAIN_S", 3600.0)
    failed = asyncio.Event()

    async def work() -> None:
        failed.set()
        raise LookupError

    async with asyncio.timeout(SOON_S), alongside("failing", work):
        await failed.wait()


async def test_whoever_is_cancelled_while_it_ends_is_cancelled() -> None:
    """And does not take the end of what it waits for as its own."""
    lingering = asyncio.Event()

    async def work() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await lingering.wait()

    async def owner() -> None:
        async with alongside("lingering", work):
            await asyncio.sleep(0)

    running = asyncio.create_task(owner())
    for _ in range(5):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    lingering.set()
