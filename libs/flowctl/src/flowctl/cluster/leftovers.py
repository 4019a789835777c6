"""The services' processes on record, so that the next start can end what a crash of ours left."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import psutil
from flowkit.servers.processes import alive_after, kill_tree
from msgspec import Struct

from flowctl.cluster.description import write_whole

FILE = "pids.json"
# The time a process began is reckoned from the time of boot, which the clock's corrections move a little.
TOLERANCE_S = 5.0
END_WITHIN_S = 5.0


class Recorded(Struct, frozen=True):
    """A pid alone may be another's by now; one that began at that very time is the same."""

    pid: int
    began: float


def record(pids: Iterable[int], file: Path) -> None:
    write_whole(msgspec.json.encode([each for pid in pids if (each := _recorded(pid))]), file)


async def end_recorded(file: Path) -> list[int]:
    """End those on record that still run; their pids."""
    alive = [each.pid for each in _read(file) if _is_the_same(each)]
    for pid in alive:
        kill_tree(pid)
    await alive_after(END_WITHIN_S, alive)
    return alive


def _read(file: Path) -> list[Recorded]:
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        return msgspec.json.decode(file.read_bytes(), type=list[Recorded])
    return []


def _recorded(pid: int) -> Recorded | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        return Recorded(pid, psutil.Process(pid).create_time())
    return None


def _is_the_same(recorded: Recorded) -> bool:
    now = _recorded(recorded.pid)
    return now is not None and abs(now.began - recorded.began) < TOLERANCE_S
