"""A child process: ended whole, not outliving its parent, its end always noticed."""

import asyncio
import os
import signal
import sys
from itertools import pairwise
from pathlib import Path

import psutil
from flowkit.servers import Child
from flowkit.servers.processes import is_alive

from .seeing import ends

SLEEPS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
HAS_A_CHILD = [
    sys.executable,
    "-c",
    """import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)""",
]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]


async def started(command: list[str], *, watched: bool = False) -> tuple[Child, str]:
    child = await Child.spawn(command, environ=os.environ, watched=watched)
    return child, (await child.output.readline()).decode().strip()


async def test_a_kill_takes_its_children_of_other_sessions_too() -> None:
    child, grandchild = await started(HAS_A_CHILD)

    child.kill()

    assert await child.wait() == -signal.SIGKILL
    assert await ends(int(grandchild))


async def test_what_will_not_stop_is_killed_when_its_time_is_up() -> None:
    child, _ = await started(STUBBORN)

    assert await child.end(signal.SIGTERM, within_s=0.2) == -signal.SIGKILL


async def test_what_is_frozen_can_be_stopped() -> None:
    child, _ = await started(SLEEPS)
    child.freeze()

    assert await child.end(signal.SIGTERM, within_s=30) == -signal.SIGTERM


async def test_ending_what_has_ended_is_no_fault() -> None:
    child, _ = await started(SLEEPS)
    child.kill()
    await child.wait()

    assert await child.end(signal.SIGTERM, within_s=30) == -signal.SIGKILL


async def test_its_environment_is_what_it_is_given() -> None:
    command = [sys.executable, "-c", "import os; print(os.environ.get('GIVEN'), os.environ.get('HOME'))"]

    child = await Child.spawn(command, environ={"GIVEN": "yes"})

    assert (await child.output.readline()).decode().strip() == "yes None"
    assert await child.wait() == 0


async def test_a_log_grown_too_large_is_set_aside(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    log.write_text("x" * (6 << 20))

    child = await Child.spawn([sys.executable, "-c", "print('fresh')"], environ=os.environ, log=log)
    await child.wait()

    assert log.read_text() == "fresh\n"
    assert (tmp_path / "child.log.1").stat().st_size == 6 << 20


async def test_where_the_kernel_tells_nothing_a_watcher_ends_it_with_its_parent() -> None:
    child, _ = await started(SLEEPS, watched=True)
    assert child.lifeline is not None

    os.close(child.lifeline)
    child.lifeline = None

    assert await child.wait() == -signal.SIGKILL


async def test_a_watcher_ends_with_what_it_watches() -> None:
    def watchers() -> set[int]:
        return {p.pid for p in psutil.process_iter() if _is_launched_here(_command_line(p)) and is_alive(p.pid)}

    before = watchers()
    child, _ = await started(SLEEPS, watched=True)
    ours = watchers() - before - {child.pid}
    assert ours

    child.kill()
    await child.wait()

    assert all(await asyncio.gather(*(ends(pid) for pid in ours)))


def _is_launched_here(line: list[str]) -> bool:
    """Not by another run beside this one; what launches is told of its parent first."""
    return any(one.endswith("launch.py") and parent == str(os.getpid()) for one, parent in pairwise(line))


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
