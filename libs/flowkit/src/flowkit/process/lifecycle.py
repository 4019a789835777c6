"""How a process lives and ends: one body under uvloop, told to stop by a signal, ending in stages."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Timer
from typing import Any

import structlog
import uvloop

from flowkit.process import unhandled

_INTERRUPTED = 130
_OVERDUE = 1
# `timeout`, and others who signal a process and its group, send the same signal twice at once.
_REPEAT_S = 1.0
# For a line to leave the process.
_LAST_WORDS_S = 0.1
_log = structlog.get_logger("flowkit.process")


@dataclass(slots=True)
class Stop:
    """Set by the first signal; a second one, a second or more later, ends the process on the spot."""

    when_told: Callable[[], object] = lambda: None
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    told_at: float = 0.0
    is_handled: bool = False
    """Whether the body ends by itself when told; until then telling it cancels it."""

    def tell(self) -> None:
        if not self.is_told:
            self.told_at = time.monotonic()
            self.when_told()
        self._told.set()

    @property
    def is_told(self) -> bool:
        return self._told.is_set()

    async def wait(self) -> None:
        await self._told.wait()


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    work: Callable[[], Awaitable[object]]
    budget: float


async def stop_in_stages(stages: Sequence[Stage]) -> bool:
    """One after the other, each cut short at its budget so that the next has its turn; whether none was cut."""
    clean = True
    for stage in stages:
        clean = await _run(stage) and clean
    return clean


async def _run(stage: Stage) -> bool:
    began, budget = time.monotonic(), asyncio.timeout(stage.budget)
    fault = ""
    try:
        async with budget:
            await stage.work()
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the next stages must have their turn
        fault = "over its budget" if budget.expired() else f"{type(error).__name__}: {error}"
    took = round((time.monotonic() - began) * 1000, 1)
    if fault:
        _log.error("stop stage cut short", stage=stage.name, fault=fault, duration_ms=took, budget_s=stage.budget)
    else:
        _log.info("stop stage done", stage=stage.name, duration_ms=took)
    return not fault


def run(body: Callable[[Stop], Coroutine[Any, Any, int]], *, end_within: float = 30.0) -> int:
    """The process's whole life; its exit code is the body's, or 1 when it failed.

    `end_within` seconds after being told to stop the process ends whatever it does, even with a blocked event loop.
    """
    last_resort = Timer(end_within, _end_overdue)
    last_resort.daemon = True
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_live(body, last_resort))
    finally:
        last_resort.cancel()


def _end_overdue() -> None:
    _log.critical("ended past its stop time; the stop stages told of above are those that ended")
    time.sleep(_LAST_WORDS_S)
    os._exit(_OVERDUE)


async def _live(body: Callable[[Stop], Coroutine[Any, Any, int]], last_resort: Timer) -> int:
    stop = Stop(last_resort.start)
    task = asyncio.ensure_future(body(stop))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _on_signal, number, stop, task)
    try:
        with unhandled.told(loop):
            return await task
    except asyncio.CancelledError:
        return 0 if stop.is_told else 1
    except Exception as fault:  # noqa: BLE001 - the last place where it can be told
        _log.critical("the process failed", exc_info=fault)
        return 1


def _on_signal(number: int, stop: Stop, task: asyncio.Future[int]) -> None:
    if not stop.is_told:
        _log.info("told to stop", signal=signal.Signals(number).name)
        stop.tell()
        if not stop.is_handled:
            task.cancel()
    elif time.monotonic() - stop.told_at > _REPEAT_S:
        os._exit(_INTERRUPTED)


async def sample_lag(observe: Callable[[float], object], every: float = 0.5) -> None:
    """How late the loop runs a timer, for as long as this is not cancelled."""
    loop = asyncio.get_running_loop()
    with suppress(asyncio.CancelledError):
        while True:
            due = loop.time() + every
            await asyncio.sleep(every)
            observe(max(0.0, loop.time() - due))
