"""A service process of the test's own, beside or without a cluster."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowkit.servers import Child, free_port

from .balancer import is_ready
from .system import untraced_environment

READY_WITHIN_S = 30.0
EXIT_WITHIN_S = 10.0
ASK_EVERY_S = 0.005


@dataclass(frozen=True, slots=True)
class Beside:
    child: Child
    ops_url: str
    url: str
    log: Path

    @property
    def name(self) -> str:
        return self.log.stem

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    async def ready(self) -> None:
        """Return at the first moment it says so."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not await is_ready(self.ops_url):
                    await asyncio.sleep(ASK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{self.name} was never ready:\n{self.log.read_text()[-2000:]}") from None

    async def leave(self) -> tuple[int, float]:
        """Its exit code, and the seconds it took from SIGTERM."""
        began = time.monotonic()
        code = await self.child.end(signal.SIGTERM, EXIT_WITHIN_S)
        return code, time.monotonic() - began


@asynccontextmanager
async def service(module: str, folder: Path, given: Mapping[str, str]) -> AsyncGenerator[Beside]:
    ports = {"PORT": str(free_port()), "OPS_PORT": str(free_port())}
    log = folder / f"{module}-{ports['OPS_PORT']}.log"
    # The servers of tests sync nothing, unless it is of that they tell.
    usual = {"LOG_FORMAT": "json", "LOSSY_DATABASE": "allowed"}
    environ = untraced_environment() | usual | ports | dict(given)
    child = await Child.spawn([sys.executable, "-m", module], environ=environ, log=log)
    try:
        yield Beside(child, f"http://127.0.0.1:{ports['OPS_PORT']}", f"http://127.0.0.1:{ports['PORT']}", log)
    finally:
        await child.end(signal.SIGTERM, EXIT_WITHIN_S)
