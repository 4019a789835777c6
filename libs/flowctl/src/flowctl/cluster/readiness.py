"""Waiting until all are ready, and a word about the one that is not."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from flowctl.cluster.process import KeepsEnding, Process

READY_WITHIN_S = 60.0
TAIL = 20_000
MOST_LINES = 15


class ClusterNotStarted(Exception):
    """A service did not become ready."""

    def __init__(self, name: str, reason: str, log: Path) -> None:
        lines = log.read_bytes()[-TAIL:].decode(errors="replace").splitlines() if log.exists() else []
        super().__init__("\n".join([f"{name} {reason}; the end of {log}:", *lines[-MOST_LINES:]]))


async def all_ready(processes: Sequence[Process], logs: Path) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN_S), asyncio.TaskGroup() as group:
            for process in processes:
                group.create_task(process.ready())
    except* KeepsEnding as endings:
        name = str(endings.exceptions[0])
        raise ClusterNotStarted(name, "ends again and again", logs / f"{name}.log") from None
    except* TimeoutError:
        name, *_ = [process.name for process in processes if not await process.is_ready()]
        raise ClusterNotStarted(name, f"was not ready within {READY_WITHIN_S:g} s", logs / f"{name}.log") from None
