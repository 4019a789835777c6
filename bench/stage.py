"""What is measured, started: whole clusters, single programs, and a list worth asking for."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import nats
from flowctl.cluster import Cluster
from flowkit.bus.nats import NatsOptions
from flowkit.servers import Child, is_free
from nats.errors import NoRespondersError

from bench.bus_users import USERS
from bench.wrk import Figures, HttpLoad

PASSWORD = "the bench root's password"
# The token must outlast a whole comparison.
SETTINGS = {"ROOT_ADMIN_PASSWORD": PASSWORD, "TOKEN_LIFETIME_S": "3600", "RATE_LIMITS": "off", "LATENCY_TOLERANCE": "0"}
ADMINS = 10
LIST = "/api/v1/admin/list?page=1&limit=10"
QUESTION = b'{"page":1,"limit":10}'
READY_WITHIN_S = 20.0
STOPS_WITHIN_S = 12.0
LOOK_EVERY_S = 0.02


class NotReady(Exception):
    """A program of the bench did not come up; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A cluster with ten admins to list, and the token to list them with."""

    cluster: Cluster
    token: str

    async def get_list(self, http: HttpLoad) -> Figures:
        return await http.get(self.cluster.gateway_url + LIST, self.token)

    async def stop(self, service: str) -> None:
        for process in self.cluster.processes[service]:
            await process.stop()


@asynccontextmanager
async def cluster(
    environ: Mapping[str, str] | None = None, replicas: Mapping[str, int] | None = None
) -> AsyncGenerator[Stage]:
    """`environ` is added for all of its services."""
    given = {**environment(), **SETTINGS, **(environ or {})}
    with tempfile.TemporaryDirectory(prefix="flow-bench-") as folder:
        async with Cluster(Path(folder) / ".flow", environ=given, replicas=replicas, bus_users=USERS) as started:
            token = await _root_token(started.gateway_url)
            await _fill(started.gateway_url, token)
            yield Stage(started, token)


@asynccontextmanager
async def program(
    module: str, environ: Mapping[str, str], is_ready: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[Child]:
    """A module of the bench as a process."""
    with tempfile.TemporaryDirectory(prefix="flow-bench-") as folder:
        log = Path(folder) / "log"
        child = await Child.spawn([sys.executable, "-m", module], environ={**environment(), **environ}, log=log)
        try:
            await _ready(child, is_ready, log)
            yield child
        finally:
            await child.end(signal.SIGTERM, STOPS_WITHIN_S)


async def listens(port: int) -> bool:
    return not is_free(port)


async def reply_of(nats_url: str, subject: str) -> bytes:
    """Empty where nobody answers."""
    prefix = NatsOptions(nats_url).inbox_prefix
    client = await nats.connect(nats_url, inbox_prefix=prefix)  # pyright: ignore[reportUnknownMemberType]  untyped
    try:
        return (await client.request(subject, QUESTION, timeout=1)).data
    except (NoRespondersError, TimeoutError):
        return b""
    finally:
        await client.close()


async def answers(nats_url: str, subject: str) -> bool:
    return bool(await reply_of(nats_url, subject))


def environment() -> dict[str, str]:
    """Ours, without what would trace the bench itself."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}


async def _root_token(gateway_url: str) -> str:
    async with httpx.AsyncClient(base_url=gateway_url) as client:
        credentials = {"email": "admin@local", "password": PASSWORD}
        answer = await client.post("/api/v1/admin/login", json=credentials)
        return str(answer.raise_for_status().json()["data"]["token"])


async def _fill(gateway_url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=gateway_url, headers=headers) as client:
        for number in range(1, ADMINS):
            newcomer = {"email": f"admin-{number}@example.org", "password": PASSWORD}
            (await client.post("/api/v1/admin/create-admin", json=newcomer)).raise_for_status()


async def _ready(child: Child, is_ready: Callable[[], Awaitable[bool]], log: Path) -> None:
    deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
    while not await is_ready():
        if not child.is_running or asyncio.get_running_loop().time() > deadline:
            raise NotReady(await asyncio.to_thread(log.read_text))
        await asyncio.sleep(LOOK_EVERY_S)
