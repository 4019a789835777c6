"""The verdict is strict where nothing excuses, and excuses no more than was measured."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import pytest

from .load import Outcome, Tally
from .verdict import refuse_anything_late
from .waits import Waits
from .wire import Request

pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="the kernel that counts waits is Linux")]

DEADLINE_S = 1.5
BUSY = "print(flush=True)\nwhile True: pass"
IDLE = "import time; print(flush=True); time.sleep(60)"


@contextmanager
def on_one_processor(*programs: str) -> Generator[list[int]]:
    """Each has to wait while another of them runs."""
    processor = min(os.sched_getaffinity(0))
    with ExitStack() as stack:
        children = [stack.enter_context(pinned(processor, program)) for program in programs]
        yield [child.pid for child in children]


@contextmanager
def pinned(processor: int, program: str) -> Generator[subprocess.Popen[bytes]]:
    """From when it has begun."""
    pin = f"import os; os.sched_setaffinity(0, {{{processor}}})\n"
    with subprocess.Popen([sys.executable, "-c", pin + program], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline()
            yield child
        finally:
            child.kill()


async def waited_by(pids: list[int]) -> float:
    async with Waits(lambda: pids).watching() as waits:
        began = time.monotonic()
        await asyncio.sleep(1)
        ended = time.monotonic()
    return waits.between(began, ended)


async def test_who_has_work_and_no_processor_waits() -> None:
    with on_one_processor(BUSY, BUSY) as pids:
        assert await waited_by(pids) > 0.5


async def test_who_has_no_work_waits_for_nothing() -> None:
    with on_one_processor(IDLE) as pids:
        assert await waited_by(pids) < 0.25


def an_answer(took: float) -> Tally:
    return Tally([Outcome(Request("GET", "/"), 504, "TIMEOUT", began=100.0, took=took, sent_at=0.0)])


def waits(*looks: tuple[float, float]) -> Waits:
    return Waits(tuple, list(looks))


NONE = waits((99.0, 0.0), (103.0, 0.0))


def test_an_answer_in_time_needs_no_excuse() -> None:
    refuse_anything_late(an_answer(1.59), DEADLINE_S, NONE)


def test_a_late_answer_is_refused() -> None:
    with pytest.raises(AssertionError, match="1 answers after their deadline"):
        refuse_anything_late(an_answer(1.61), DEADLINE_S, NONE)


def test_the_wait_for_a_processor_when_it_was_due_is_an_excuse() -> None:
    refuse_anything_late(an_answer(1.7), DEADLINE_S, waits((99.0, 0.0), (101.4, 0.0), (101.7, 0.15), (103.0, 0.15)))


def test_a_wait_shorter_than_the_delay_is_none() -> None:
    too_short = waits((99.0, 0.0), (101.4, 0.0), (101.9, 0.15), (103.0, 0.15))
    with pytest.raises(AssertionError, match="1 answers after their deadline"):
        refuse_anything_late(an_answer(1.9), DEADLINE_S, too_short)


def test_a_wait_while_there_was_still_time_is_none() -> None:
    too_early = waits((99.0, 0.0), (100.5, 0.0), (101.3, 0.7), (103.0, 0.7))
    with pytest.raises(AssertionError, match="1 answers after their deadline"):
        refuse_anything_late(an_answer(1.7), DEADLINE_S, too_early)
