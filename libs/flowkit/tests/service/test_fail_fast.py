"""Whatever a flow does, on a real server, its caller is answered at once, and told nothing that is ours to know."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import pytest
from flowkit.call import Call
from flowkit.contract import Conflict, Fault

from .stage import Answered, Greeted, Greeting, NameTaken, Stage, Story, stage

SECRET = "hunter2"
FAST_S = 0.05
ROUNDS = 20
FAULT = (500, "INTERNAL_ERROR", "Unexpected error")
LATE = (504, "TIMEOUT", "No answer in time")


class Leaky(Exception):
    """Carries what no caller may see."""


class Undeclared(Conflict):
    """Nobody was told of this one"""


@dataclass(slots=True)
class Clock:
    """When it happened."""

    at: float = 0.0

    def mark(self) -> None:
        self.at = time.monotonic()


def raises(fault: Callable[[], BaseException]) -> Callable[[Clock], Story]:
    def on(clock: Clock) -> Story:
        async def story(_: Greeting, __: Call) -> Greeted:
            clock.mark()
            raise fault()

        return story

    return on


def answers(reply: Callable[[], object]) -> Callable[[Clock], Story]:
    def on(clock: Clock) -> Story:
        async def story(_: Greeting, __: Call) -> Greeted:
            clock.mark()
            return reply()  # pyright: ignore[reportReturnType]  what a flow without types might do

        return story

    return on


def is_cancelled_from_outside(clock: Clock) -> Story:
    async def story(_: Greeting, __: Call) -> Greeted:
        task = asyncio.current_task()
        assert task is not None
        clock.mark()
        asyncio.get_running_loop().call_soon(task.cancel, SECRET)
        await asyncio.Event().wait()
        raise AssertionError

    return story


async def asked_again_and_again(scene: Stage, clock: Clock) -> tuple[list[Answered], float]:
    """The replies, and the wait that half stay under: the machine holds up some of the others as it likes."""
    replies: list[Answered] = []
    waits: list[float] = []
    for _ in range(ROUNDS):
        replies.append(await scene.ask())
        waits.append(replies[-1].at - clock.at)
    return replies, median(waits)


FAULTS = {
    "an exception": raises(lambda: Leaky(SECRET)),
    "a group of exceptions": raises(lambda: ExceptionGroup(SECRET, [Leaky(SECRET)])),
    "an exception that cannot be shown": raises(lambda: Leaky("\ud800" + SECRET)),
    "a way out of the process": raises(lambda: SystemExit(SECRET)),
    "an interrupt": raises(lambda: KeyboardInterrupt(SECRET)),
    "a recursion too deep": raises(lambda: RecursionError(SECRET)),
    "a broken generator": raises(lambda: GeneratorExit(SECRET)),
    "a cancellation of itself": raises(lambda: asyncio.CancelledError(SECRET)),
    "a cancellation from outside": is_cancelled_from_outside,
    "an error its contract does not name": raises(lambda: Undeclared(SECRET)),
    "its own error, unspeakable": raises(lambda: NameTaken("\ud800")),
    "its own error, too large": raises(lambda: NameTaken("x" * 3_000_000)),
    "a general fault with a text": raises(lambda: Fault(SECRET)),
    "no result": answers(lambda: None),
    "a result of another type": answers(lambda: Greeting(name=SECRET)),
    "a result no JSON can say": answers(lambda: Greeted(text="\ud800" + SECRET)),
    "a result of wrong innards": answers(lambda: Greeted(text=object())),  # pyright: ignore[reportArgumentType]
    "a result larger than NATS allows": answers(lambda: Greeted(text=SECRET * 500_000)),
}


@pytest.mark.parametrize("misdeed", FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_is_answered_within_50_ms_and_tells_nothing(
    nats_url: str, misdeed: Callable[[Clock], Story]
) -> None:
    clock = Clock()
    async with stage(nats_url, misdeed(clock)) as scene:
        replies, wait = await asked_again_and_again(scene, clock)

    assert {reply.told for reply in replies} == {FAULT}
    assert all(SECRET.encode() not in reply.raw for reply in replies)
    assert replies[0].last_step.startswith("ERROR: ")
    assert replies[0].headers == {"Nats-Service-Error": "INTERNAL_ERROR", "Nats-Service-Error-Code": "500"}
    assert wait < FAST_S


@pytest.mark.parametrize("step", ["\ud800", "x" * 3_000_000])
async def test_a_step_that_cannot_travel_does_not_keep_the_answer_from_going_out(nats_url: str, step: str) -> None:
    async def story(request: Greeting, call: Call) -> Greeted:
        call.step(step)
        return Greeted(text=request.name)

    async with stage(nats_url, story) as scene:
        reply = await scene.ask()

    assert (reply.told[0], reply.last_step) == (200, "SUCCESS")
    assert len(reply.raw) < 1000


async def test_a_flow_that_overruns_is_answered_within_50_ms_of_its_deadline(nats_url: str) -> None:
    async def never(_: Greeting, __: Call) -> Greeted:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1)  # takes its time to give in
        raise AssertionError

    async with stage(nats_url, never) as scene:
        replies: list[Answered] = []
        waits: list[float] = []
        for _ in range(ROUNDS):
            sent = time.monotonic()
            replies.append(await scene.ask(flow_timeout_ms="100"))
            waits.append(replies[-1].at - sent)

    assert {reply.told for reply in replies} == {LATE}
    assert median(waits) < 0.1 + FAST_S
