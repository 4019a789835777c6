"""A process's life: it ends when told, in stages, each with its turn, and by force when nothing else helps."""

import asyncio
import json
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flowkit.process.lifecycle import Stage, sample_lag, stop_in_stages
from structlog.testing import capture_logs

PROGRAM = """
    import asyncio, sys, time
    from flowkit.process.lifecycle import Stage, Stop, run, stop_in_stages
    from flowkit.telemetry.logs import Logs

    def say(word):
        print(word, file=sys.stderr, flush=True)

    def stage(name, seconds=0.0, budget=5.0):
        async def work():
            say(name)
            await asyncio.sleep(seconds)
        return Stage(name, work, budget)
{body}
    with Logs("sample"):
        code = run(body, end_within={end_within})
    sys.exit(code)
"""

SERVING = """
    async def body(stop):
        stop.is_handled = True
        say("up")
        await stop.wait()
        return 0 if await stop_in_stages([{stages}]) else 1
"""


@dataclass
class Life:
    """What a program said, its log lines, its exit code, and how long it took from its first signal."""

    said: list[str]
    lines: list[dict[str, Any]]
    code: int
    seconds: float

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]


def live(body: str, *signals: tuple[float, int], end_within: float = 30.0) -> Life:
    """Run a program, wait until it says "up", and send it signals, each after a pause."""
    source = textwrap.dedent(PROGRAM.format(body=body, end_within=end_within))
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        first = process.stderr.readline()
        assert first == "up\n", first + process.stderr.read()
        began = time.monotonic()
        for pause, number in signals:
            time.sleep(pause)
            process.send_signal(number)
        out, err = process.communicate(timeout=50)
    lines = [json.loads(line) for line in out.splitlines()]
    return Life(err.splitlines(), lines, process.returncode, time.monotonic() - began)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_process_stage_by_stage(number: int) -> None:
    life = live(SERVING.format(stages="stage('leave'), stage('finish', 0.1), stage('close')"), (0, number))

    assert (life.code, life.said) == (0, ["leave", "finish", "close"])
    assert life.events == ["told to stop", *["stop stage done"] * 3]
    assert life.lines[2]["stage"] == "finish"
    assert life.lines[2]["duration_ms"] >= 50


def test_a_stage_over_its_budget_is_cut_and_the_next_has_its_turn() -> None:
    life = live(SERVING.format(stages="stage('finish', 60, 0.2), stage('close')"), (0, signal.SIGTERM))

    assert (life.code, life.said) == (1, ["finish", "close"])
    assert life.lines[1]["fault"] == "over its budget"


def test_a_body_that_fails_ends_the_process_with_1_and_is_told() -> None:
    life = live("""
    async def body(stop):
        say("up")
        raise LookupError("no database")
    """)

    assert life.code == 1
    assert life.lines[0]["exception"]["message"] == "no database"


def test_before_it_serves_a_signal_cancels_and_what_is_open_is_closed() -> None:
    life = live(
        """
    async def body(stop):
        try:
            say("up")
            await asyncio.sleep(60)
        finally:
            await stop_in_stages([stage("close", 0.1)])
    """,
        (0, signal.SIGTERM),
    )

    assert (life.code, life.said) == (0, ["close"])
    assert life.events == ["told to stop", "stop stage done"]


def test_the_same_signal_twice_at_once_is_one() -> None:
    stages = "stage('finish', 0.3), stage('close')"
    life = live(SERVING.format(stages=stages), (0, signal.SIGTERM), (0.05, signal.SIGTERM))

    assert (life.code, life.said) == (0, ["finish", "close"])


def test_a_second_signal_later_ends_it_on_the_spot() -> None:
    stages = "stage('finish', 60, 60), stage('close')"
    life = live(SERVING.format(stages=stages), (0, signal.SIGINT), (2.5, signal.SIGINT))

    assert (life.code, life.said) == (130, ["finish"])
    assert life.seconds < 20


def test_a_blocked_event_loop_does_not_keep_it_alive() -> None:
    stages = "Stage('blocked', lambda: time.sleep(60), 1.0)"

    life = live(SERVING.format(stages=stages), (0, signal.SIGTERM), end_within=0.5)

    assert life.code == 1
    assert life.seconds < 20


def test_work_that_cannot_be_cancelled_does_not_keep_it_alive_whoever_told_it_to_stop() -> None:
    life = live(
        """
    async def be_deaf():
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                pass

    async def body(stop):
        stop.is_handled = True
        deaf = asyncio.ensure_future(be_deaf())
        say("up")
        await asyncio.sleep(0.1)
        stop.tell()
        await stop.wait()
        return 0
    """,
        end_within=0.5,
    )

    assert life.code == 1
    assert life.seconds < 20


def test_a_thread_that_never_ends_does_not_keep_it_alive() -> None:
    life = live(
        """
    async def body(stop):
        stop.is_handled = True
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)
        say("up")
        await stop.wait()
        return 0
    """,
        (0, signal.SIGTERM),
        end_within=0.5,
    )

    assert life.code == 1
    assert life.seconds < 20


async def fail() -> None:
    raise ConnectionError("gone")


async def be_cancelled() -> None:
    raise asyncio.CancelledError


async def lose_patience() -> None:
    raise TimeoutError("of its own")


@pytest.mark.parametrize(
    ("work", "fault"),
    [(fail, "ConnectionError: gone"), (be_cancelled, "CancelledError: "), (lose_patience, "TimeoutError: of its own")],
)
async def test_a_stage_that_fails_is_told_and_the_next_has_its_turn(
    work: Callable[[], Awaitable[object]], fault: str
) -> None:
    done: list[str] = []

    async def close() -> None:
        done.append("closed")

    with capture_logs() as told:
        clean = await stop_in_stages([Stage("fail", work, 1.0), Stage("close", close, 1.0)])

    assert (clean, done) == (False, ["closed"])
    assert told[0]["fault"] == fault


async def test_the_lag_of_a_blocked_loop_is_seen() -> None:
    seen: list[float] = []
    sampling = asyncio.create_task(sample_lag(seen.append, every=0.02))
    await asyncio.sleep(0.03)
    time.sleep(0.2)  # noqa: ASYNC251 - blocking the loop is what is measured
    await asyncio.sleep(0.03)
    sampling.cancel()
    await sampling

    assert max(seen) > 0.1
    assert min(seen) >= 0
