"""A circuit opens on what fails, lets trials through after a while, and closes when they succeed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flowkit.contract import CircuitOpen, ErrorCode
from flowkit.resilience import Breaker, Circuit, Ending, Options

from .clocks import Time

GONE = Ending("TIMEOUT")
WELL = Ending()
OPENED, HALF_OPEN, CLOSED = "open", "half open", "closed"


@dataclass(frozen=True, slots=True)
class Over:
    ending: Ending


class Line:
    """Someone who is called."""

    def __init__(self) -> None:
        self.time, self.turns, self.asked = Time(), list[Circuit](), 0
        self.breaker = Breaker(Options(), self.turns.append, self.time.clock)

    async def call(self, ending: Ending, *, is_late: Callable[[], bool] = lambda: False) -> None:
        async def attempt() -> Over:
            self.asked += 1
            return Over(ending)

        await self.breaker.guard(attempt, is_late)

    async def calls(self, count: int, ending: Ending) -> None:
        for _ in range(count):
            await self.call(ending)

    async def refused(self) -> CircuitOpen:
        asked = self.asked
        with pytest.raises(CircuitOpen) as refusal:
            await self.call(WELL)
        assert self.asked == asked
        return refusal.value


async def a_line_that_is_down() -> Line:
    line = Line()
    await line.calls(20, GONE)
    return line


@pytest.mark.parametrize("code", ["TIMEOUT", "BAD_GATEWAY", "INTERNAL_ERROR", "SERVICE_UNAVAILABLE"])
async def test_it_opens_when_half_of_what_is_asked_fails(code: ErrorCode) -> None:
    line = Line()
    for _ in range(10):
        await line.call(WELL)
        await line.call(Ending(code))

    refusal = await line.refused()

    assert line.turns == [OPENED]
    assert refusal.retry_after is not None
    assert 0 < refusal.retry_after < 1


async def test_it_stays_closed_below_that() -> None:
    line = Line()
    await line.calls(30, WELL)
    await line.calls(29, GONE)

    assert line.turns == []


async def test_a_handful_of_failures_says_nothing() -> None:
    line = Line()
    await line.calls(19, GONE)
    line.time.passes(11)
    await line.calls(19, GONE)

    assert line.turns == []


@pytest.mark.parametrize(
    "ending",
    [
        Ending("VALIDATION_ERROR"),
        Ending("UNAUTHORIZED"),
        Ending("FORBIDDEN"),
        Ending("NOT_FOUND"),
        Ending("CONFLICT"),
        Ending("TOO_MANY_REQUESTS"),
        Ending("SERVICE_UNAVAILABLE", turned_away=True),
        Ending("SERVICE_UNAVAILABLE", is_known=False),
        Ending("TIMEOUT", is_known=False),
    ],
    ids=str,
)
async def test_what_is_the_callers_doing_or_the_crowds_or_the_connections_never_opens_it(ending: Ending) -> None:
    line = Line()
    await line.calls(100, ending)

    assert line.turns == []


async def test_an_open_one_asks_nobody() -> None:
    line = await a_line_that_is_down()
    line.time.passes(0.15)

    await line.refused()


async def test_after_a_while_a_few_trials_pass_and_close_it() -> None:
    line = await a_line_that_is_down()
    line.time.passes(0.35)

    await line.calls(5, WELL)

    assert line.turns == [OPENED, HALF_OPEN, CLOSED]
    await line.calls(10, WELL)


async def test_a_trial_that_fails_opens_it_again() -> None:
    line = await a_line_that_is_down()
    line.time.passes(0.35)

    await line.calls(4, WELL)
    await line.call(GONE)

    assert line.turns == [OPENED, HALF_OPEN, OPENED]
    await line.refused()


async def test_no_more_trials_than_that_are_under_way_at_once() -> None:
    line = await a_line_that_is_down()
    line.time.passes(0.35)
    finish = asyncio.Event()

    async def held() -> Over:
        await finish.wait()
        return Over(WELL)

    trials = [asyncio.create_task(line.breaker.guard(held, lambda: False)) for _ in range(5)]
    await asyncio.sleep(0)
    assert (await line.refused()).retry_after is not None
    finish.set()
    await asyncio.gather(*trials)
    assert line.turns[-1] == CLOSED


async def test_a_trial_whose_caller_hung_up_gives_its_place_to_another() -> None:
    line = await a_line_that_is_down()
    line.time.passes(0.35)
    trials = [asyncio.create_task(line.breaker.guard(hanging, lambda: False)) for _ in range(5)]
    await asyncio.sleep(0)
    for trial in trials:
        trial.cancel()
    await asyncio.gather(*trials, return_exceptions=True)

    await line.calls(5, WELL)
    assert line.turns[-1] == CLOSED


async def test_a_caller_cut_short_by_its_deadline_has_seen_a_failure_and_is_still_cancelled() -> None:
    line = Line()
    for _ in range(20):
        waiting = asyncio.create_task(line.breaker.guard(hanging, lambda: True))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    assert line.turns == [OPENED]


async def test_it_never_opens_at_a_success() -> None:
    line = Line()
    await line.calls(15, GONE)
    await line.calls(14, WELL)

    assert line.turns == []


async def test_trials_of_which_nothing_is_learned_leave_it_as_it_is() -> None:
    line = await a_line_that_is_down()
    line.time.passes(0.35)
    await line.calls(20, Ending("TIMEOUT", is_known=False))

    assert line.turns == [OPENED, HALF_OPEN]
    await line.calls(5, WELL)
    assert line.turns[-1] == CLOSED


async def test_what_began_before_it_was_forgotten_says_nothing_afterwards() -> None:
    line, finish = Line(), asyncio.Event()

    async def late() -> Over:
        await finish.wait()
        return Over(GONE)

    waiting = [asyncio.create_task(line.breaker.guard(late, lambda: False)) for _ in range(30)]
    await asyncio.sleep(0)
    line.breaker.forget()
    finish.set()
    await asyncio.gather(*waiting)

    assert line.turns == []


async def test_what_was_learned_can_be_forgotten() -> None:
    line = await a_line_that_is_down()
    line.breaker.forget()

    await line.calls(19, GONE)
    assert line.turns == [OPENED, CLOSED]


async def hanging() -> Over:
    await asyncio.Event().wait()
    return Over(WELL)
