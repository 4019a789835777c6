"""A run that is interrupted leaves nothing behind; one that is killed, nothing that the next one does not remove."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from flowctl.cluster import SERVICES

from tests.cluster.containers import LABEL, remove_leftovers

ROOT = Path(__file__).parents[2]
STORIES = "tests/integration/test_openapi.py"
WHOLE = len(SERVICES) + 2  # and what they stand on: NATS, PostgreSQL
POLL_S = 0.05


def made_by(pid: int) -> tuple[int, int]:
    """How many containers and networks are that run's."""

    def count(*listing: str) -> int:
        asked = ("docker", *listing, "--filter", f"label={LABEL}", "--format", f'{{{{.Label "{LABEL}"}}}}')
        told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        return sum(line.endswith(f":{pid}") for line in told.splitlines())

    return count("ps", "--all"), count("network", "ls")


async def until(pid: int, claim: Callable[[int, int], bool]) -> None:
    while not claim(*await asyncio.to_thread(made_by, pid)):
        await asyncio.sleep(POLL_S)


def _heed_interrupts() -> None:
    """Whoever runs the tests may ignore them (a shell's `&` does), and what is ignored stays so in a child."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@asynccontextmanager
async def a_run(log: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--cluster=containers", STORIES)
    with log.open("wb") as output:
        run = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_heed_interrupts,
        )
    try:
        yield run
    finally:
        if run.returncode is None:
            os.killpg(run.pid, signal.SIGKILL)
            await run.wait()


@pytest.mark.parametrize("containers_by_then", [1, 3, WHOLE])
async def test_interrupted_at_any_moment_a_run_leaves_nothing(tmp_path: Path, containers_by_then: int) -> None:
    log = tmp_path / "run.log"
    async with a_run(log) as run, asyncio.timeout(45):
        await until(run.pid, lambda containers, _: containers >= containers_by_then)
        os.killpg(run.pid, signal.SIGINT)
        code = await run.wait()

    assert code == pytest.ExitCode.INTERRUPTED, log.read_text()
    assert made_by(run.pid) == (0, 0), log.read_text()


async def test_what_a_killed_run_leaves_the_next_one_removes(tmp_path: Path) -> None:
    async with a_run(tmp_path / "run.log") as run, asyncio.timeout(45):
        await until(run.pid, lambda containers, _: containers == WHOLE)
        os.killpg(run.pid, signal.SIGKILL)
        await run.wait()

        await asyncio.to_thread(remove_leftovers)

        # Removed by now, or being removed by the killed run's own cleaner.
        await until(run.pid, lambda containers, networks: (containers, networks) == (0, 0))
