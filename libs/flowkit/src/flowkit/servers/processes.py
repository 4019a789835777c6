"""Processes by their id: whether they live, their children, and signals to all of a family."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Sequence

import psutil

FREEZING_ATTEMPTS = 1000


def is_alive(pid: int) -> bool:
    """A zombie is not: it has ended, and only its parent has not looked yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


async def alive_after(within_s: float, pids: Sequence[int]) -> list[int]:
    """Wait for all to end; those that did not."""
    deadline = time.monotonic() + within_s
    while (alive := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < deadline:  # noqa: ASYNC110  not our children: nothing tells of their end
        await asyncio.sleep(0.01)
    return alive


def descendants(pid: int) -> list[int]:
    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def freeze_tree(pid: int) -> None:
    """Return when it and its children stand still: a signal takes a moment, in which one may have another child."""
    for _ in range(FREEZING_ATTEMPTS):
        moving = [each for each in (pid, *descendants(pid)) if _moves(each)]
        if not moving:
            return
        for each in moving:
            signal_one(each, signal.SIGSTOP)
        time.sleep(0.0005)


def kill_tree(pid: int) -> None:
    """SIGKILL, to its children as well: they have sessions of their own, so a signal to the group would miss them."""
    freeze_tree(pid)
    for each in [*descendants(pid), pid]:
        signal_one(each, signal.SIGKILL)


def _moves(pid: int) -> bool:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE)
    return False


def signal_one(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
