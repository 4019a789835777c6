"""What an earlier run left running, found by its recorded pid and ended only when it is truly ours."""

import contextlib
import signal
from pathlib import Path

import psutil

from flowkit.servers.processes import alive_after, descendants, kill_tree, signal_one


def leftover(pid_file: Path, marker: Path) -> int | None:
    """The live process `pid_file` names, provided that its command line holds `marker`."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        pid = int(pid_file.read_text().split()[0])
        if str(marker) in " ".join(psutil.Process(pid).cmdline()):
            return pid
    return None


async def end_leftover(pid: int, number: signal.Signals, within_s: float = 3.0) -> None:
    """Ask it to stop, then kill what is left of it and its children."""
    family = [pid, *descendants(pid)]
    for each in family:
        signal_one(each, signal.SIGCONT)
    signal_one(pid, number)
    for each in await alive_after(within_s, family):
        kill_tree(each)
    await alive_after(within_s, family)
