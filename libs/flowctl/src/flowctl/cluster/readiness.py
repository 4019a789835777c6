"""Waiting until all are ready, and a word about the one that is not."""

import asyncio
from collections.abc import Sequence

from flowctl.cluster.log_file import Bookmark
from flowctl.cluster.process import KeepsEnding, Process, RefusesSettings

READY_WITHIN_S = 60.0
MOST_LINES = 15


class ClusterNotStarted(Exception):
    """A service did not become ready."""

    def __init__(self, name: str, reason: str, log: Bookmark) -> None:
        super().__init__("\n".join([f"{name} {reason}; the end of {log.path}:", *log.last_lines(MOST_LINES)]))


class SettingsRefused(ClusterNotStarted):
    """A service cannot start with the settings it is given."""


async def all_ready(processes: Sequence[Process]) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN_S), asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(_ready(process))
    except* ClusterNotStarted as faults:
        raise faults.exceptions[0] from None
    except* TimeoutError:
        late, *_ = [process for process in processes if not await process.is_ready()]
        raise ClusterNotStarted(late.name, f"was not ready within {READY_WITHIN_S:g} s", late.log) from None


async def _ready(process: Process) -> None:
    try:
        await process.ready()
    except RefusesSettings:
        raise SettingsRefused(process.name, "cannot start with these settings", process.log) from None
    except KeepsEnding:
        raise ClusterNotStarted(process.name, "ends again and again", process.log) from None
