"""Start a cluster of one stand-in, tell its pids and wait to be killed. Argument: its folder."""

import asyncio
import os
import sys
from pathlib import Path

from flowctl.cluster import Cluster, ServiceSpec

STAND_INS = Path(__file__).parents[1] / "stand_ins"


async def main() -> None:
    environ = dict(os.environ) | {"PYTHONPATH": str(STAND_INS)}
    customer = ServiceSpec("customer", "stand_in", has_database=False)
    cluster = Cluster(Path(sys.argv[1]), environ=environ, services=(customer,))
    await cluster.start()
    pids = [str(process.pid) for group in cluster.processes.values() for process in group]
    sys.stdout.write(f"{' '.join(pids)}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


asyncio.run(main())
