"""The gateway as the process it is in production."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from flowkit.servers import free_ports


@dataclass(frozen=True, slots=True)
class Gateway:
    process: Process
    url: str
    ops_url: str

    async def stop(self, within: float = 20.0) -> list[dict[str, Any]]:
        """Its log lines, once it has left in good order."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(within):
            told, _ = await self.process.communicate()
        assert self.process.returncode == 0, told.decode()
        return [json.loads(line) for line in told.splitlines()]


async def start(**environ: str) -> Process:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    arguments = (sys.executable, "-m", "gateway_service")
    return await asyncio.create_subprocess_exec(
        *arguments, env=plain | environ, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )


@asynccontextmanager
async def a_gateway(nats_url: str, **environ: str) -> AsyncGenerator[Gateway]:
    port, ops_port = map(str, free_ports(2))
    process = await start(NATS_URL=nats_url, PORT=port, OPS_PORT=ops_port, LOG_FORMAT="json", **environ)
    gateway = Gateway(process, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{ops_port}")
    try:
        await answering(f"{gateway.ops_url}/health/live")
        yield gateway
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def answering(url: str, status: int = 200, within: float = 30.0) -> None:
    async with asyncio.timeout(within), httpx.AsyncClient() as http:
        while True:
            try:
                if (await http.get(url)).status_code == status:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.02)
