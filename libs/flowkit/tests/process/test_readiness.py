"""Readiness: asked often, checked seldom, never stuck."""

import asyncio
import time
from contextvars import ContextVar

import pytest
from flowkit.process.readiness import Check, Readiness

request: ContextVar[str] = ContextVar("request", default="none")


async def well() -> None:
    return


async def ill() -> None:
    raise ConnectionError("gone")


async def hanging() -> None:
    await asyncio.sleep(60)


def serving(**checks: Check) -> Readiness:
    return Readiness(dict(checks), is_serving=True)


async def test_ready_when_it_serves_and_every_part_is_well() -> None:
    assert await serving(nats=well, database=well).is_ready()
    assert not await Readiness({"nats": well}).is_ready()


async def test_one_part_that_is_down_keeps_it_from_being_ready_and_is_named() -> None:
    readiness = serving(nats=well, database=ill)

    assert not await readiness.is_ready()
    assert await readiness.conditions() == {"nats": "up", "database": "down"}


async def test_not_ready_from_the_moment_stopping_begins() -> None:
    readiness = serving(nats=well)
    assert await readiness.is_ready()

    readiness.stop()

    assert not await readiness.is_ready()


async def test_a_check_that_hangs_is_down_after_a_second() -> None:
    began = time.monotonic()

    assert await serving(nats=well, database=hanging).conditions() == {"nats": "up", "database": "down"}
    assert 0.9 < time.monotonic() - began < 10


async def test_a_hundred_who_ask_at_once_cost_one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowkit.process.readiness._FRESH_S", 60)
    asked: list[int] = []

    async def counted() -> None:
        asked.append(1)
        await asyncio.sleep(0.01)

    readiness = serving(nats=counted)
    assert all(await asyncio.gather(*(readiness.is_ready() for _ in range(100))))
    assert await readiness.is_ready()
    assert len(asked) == 1


async def test_a_part_that_comes_back_is_seen_within_a_moment() -> None:
    readiness = serving(nats=ill)
    assert not await readiness.is_ready()

    readiness.checks["nats"] = well
    await asyncio.sleep(0.3)

    assert await readiness.is_ready()


async def test_what_was_seen_before_it_serves_is_not_believed_when_it_does() -> None:
    readiness = Readiness({"nats": ill})
    assert await readiness.conditions() == {"nats": "down"}

    readiness.checks["nats"] = well

    assert await readiness.conditions() == {"nats": "up"}
    readiness.checks["nats"] = ill
    assert await readiness.conditions() == {"nats": "down"}
    readiness.checks["nats"] = well
    readiness.serve()
    assert await readiness.is_ready()


async def test_a_check_deaf_to_its_cancellation_is_not_started_again() -> None:
    started: list[int] = []
    over = asyncio.Event()

    async def deaf() -> None:
        started.append(1)
        while not over.is_set():
            try:
                await over.wait()
            except asyncio.CancelledError:
                continue

    readiness = Readiness({"database": deaf}, is_serving=True, patience=0.05)
    for _ in range(3):
        assert not await readiness.is_ready()
        await asyncio.sleep(0.26)
    assert len(started) == 1

    over.set()
    await asyncio.sleep(0.26)
    assert await readiness.is_ready()


async def test_whoever_asks_first_lends_the_checks_nothing_of_its_context() -> None:
    seen: list[str] = []

    async def look() -> None:
        seen.append(request.get())

    request.set("mine")
    await serving(nats=look).is_ready()

    assert seen == ["none"]


async def test_one_who_gives_up_takes_the_answer_from_nobody() -> None:
    async def slow() -> None:
        await asyncio.sleep(0.1)

    readiness = serving(nats=slow)
    impatient = asyncio.create_task(readiness.is_ready())
    patient = asyncio.create_task(readiness.is_ready())
    await asyncio.sleep(0.02)
    impatient.cancel()

    assert await patient


async def test_a_part_opened_while_the_others_are_looked_at_is_looked_at_by_the_next_to_ask() -> None:
    looking, opened = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        looking.set()
        await opened.wait()

    readiness = serving(nats=slow)
    asking = asyncio.create_task(readiness.conditions())
    await looking.wait()

    readiness.checks["database"] = ill
    opened.set()

    assert await asking == {"nats": "up"}
    assert await readiness.conditions() == {"nats": "up", "database": "down"}
