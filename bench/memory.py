"""How much memory each process of a cluster holds, alone and in its share of what is shared."""

from dataclasses import dataclass
from pathlib import Path

import psutil
from flowctl.cluster import Cluster

from bench import stage
from bench.wrk import HttpLoad

_KIB = 1024
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Memory:
    """In MiB. The proportional size counts a page that two processes share as half a page each; Linux tells it."""

    resident: float
    proportional: float | None

    def __str__(self) -> str:
        share = "not told" if self.proportional is None else f"{self.proportional:.0f}"
        return f"{self.resident:.0f} | {share}"


async def table(http: HttpLoad) -> list[str]:
    """Of a cluster that has just started, and after load; in MiB."""
    async with stage.cluster() as ours:
        fresh = _of_processes(ours.cluster)
        await ours.get_list(http)
        loaded = _of_processes(ours.cluster)
    head = ["| process | RSS | PSS | RSS after load | PSS after load |", "|---|---|---|---|---|"]
    return [*head, *(f"| {name} | {fresh[name]} | {loaded[name]} |" for name in fresh)]


def _of_processes(cluster: Cluster) -> dict[str, Memory]:
    return {process.name: of_tree(process.pid) for group in cluster.processes.values() for process in group}


def of_tree(pid: int) -> Memory:
    """Of a process and its children together."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    shares = [_proportional(process.pid) for process in family]
    told = [share for share in shares if share is not None]
    resident = sum(process.memory_info().rss for process in family) / _MIB
    return Memory(resident, sum(told) if len(told) == len(shares) else None)


def _proportional(pid: int) -> float | None:
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    try:
        line = next(line for line in rollup.read_text().splitlines() if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) * _KIB / _MIB
