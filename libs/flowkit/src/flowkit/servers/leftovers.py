"""What an earlier run left running, found by its recorded pid and ended only when it is truly ours."""

import asyncio
import contextlib
import signal
from pathlib import Path

import psutil

from flowkit.servers.child import descendants, kill_tree


def leftover(pid_file: Path, marker: Path) -> psutil.Process | None:
    """The live process `pid_file` names, provided that its command line holds `marker`."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if str(marker) in " ".join(process.cmdline()):
            return process
    return None


async def end_leftover(process: psutil.Process, number: signal.Signals, within_s: float = 3.0) -> None:
    """Ask it to stop, then kill what is left of it and its children."""
    family = [process, *(psutil.Process(pid) for pid in descendants(process.pid) if psutil.pid_exists(pid))]
    with contextlib.suppress(psutil.NoSuchProcess):
        process.resume()
        process.send_signal(number)
    _, alive = await asyncio.to_thread(psutil.wait_procs, family, within_s)
    for each in alive:
        kill_tree(each.pid)
    await asyncio.to_thread(psutil.wait_procs, alive, within_s)
