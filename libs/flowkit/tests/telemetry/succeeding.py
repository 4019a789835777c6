"""A process that dies at its work, and the next one of its service."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import read_options
from flowkit.telemetry.setup import Telemetry
from structlog.testing import capture_logs

from . import collectors, dying

WITHIN_S = 30.0
NOWHERE = "http://127.0.0.1:9"


def kill_one_at_work(folder: Path, how_many: int = 1) -> None:
    command = [sys.executable, str(Path(dying.__file__)), str(folder), NOWHERE]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(how_many)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=WITHIN_S)


@asynccontextmanager
async def living(
    folder: Path, endpoint: str, metrics: Metrics | None = None, settings: Mapping[str, str] = MappingProxyType({})
) -> AsyncGenerator[Telemetry]:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_LOGS_EXPORTER": "none", "OTEL_BSP_SCHEDULE_DELAY": "50"}
    options = read_options({**environ, **settings}, "customer", "1.2.4", "customer-2")
    async with Telemetry(options, metrics or Metrics("customer"), boxes=folder) as telemetry:
        yield telemetry


async def until(claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not claim():
            await asyncio.sleep(0.01)


def boxes(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.box"))


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def told_of(folder: Path) -> tuple[dict[str, Any], dict[str, str], list[Any]]:
    """What a successor sends, by name, and under whose name; and its log lines."""
    with collectors.over_http() as collector, capture_logs() as lines:
        async with living(folder, collector.endpoint):
            await until(lambda: len(boxes(folder)) == 1)
    return {span.name: span for span in collector.spans}, collector.resource, list(lines)
