"""How long `flow up` takes until every service is ready, from nothing and from what an earlier run has left."""

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from flowctl.cluster import description
from flowkit.servers import Child

from bench import stage

FLOW = Path(sys.executable).with_name("flow")
LOOK_EVERY_S = 0.01
READY_WITHIN_S = 60.0
STOPS_WITHIN_S = 30.0


async def table(times: int) -> list[str]:
    """Cold makes PostgreSQL's data folder, the databases, the keys and the root admin; warm finds them."""
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="flow-bench-") as folder:
            cold.append(await _up(Path(folder)))
            warm.append(await _up(Path(folder)))
    head = ["| `flow up` until every service is ready | seconds, median | range |", "|---|---|---|"]
    return [*head, _row("cold", cold), _row("warm", warm)]


def _row(name: str, seconds: list[float]) -> str:
    return f"| {name} | {median(seconds):.2f} | {min(seconds):.2f} to {max(seconds):.2f} |"


async def _up(folder: Path) -> float:
    began = time.monotonic()
    environ = {**stage.environment(), "PORT": "0", "PWD": str(folder)}
    command = ["/bin/sh", "-c", 'cd "$1" && exec "$2" up', "sh", str(folder), str(FLOW)]
    child = await Child.spawn(command, environ=environ, log=folder / "log")
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while not (folder / ".flow" / description.FILE).exists():  # noqa: ASYNC110  only the file tells
                await asyncio.sleep(LOOK_EVERY_S)
        return time.monotonic() - began
    finally:
        await child.end(signal.SIGTERM, STOPS_WITHIN_S)
