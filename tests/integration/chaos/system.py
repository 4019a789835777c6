"""The cluster under chaos: what it says of itself, and how long it takes to be well."""

import json
import os
import time
from asyncio import gather, sleep
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from contracts.bus import PARTICIPANTS
from flowctl.cluster import Cluster, Process
from flowkit.bus.users import render
from flowkit.contract import Participant
from prometheus_client.parser import text_string_to_metric_families

from tests.cluster.limits import OUT_OF_THE_WAY

from .balancer import Balancer, Gateway, ask_ops, is_ready
from .load import Client, Tally
from .wire import Request

ROOT_PASSWORD = "the chaos root's password"
DEADLINE_S = 1.5
POLL_S = 0.01
SETTINGS = {"ROOT_ADMIN_PASSWORD": ROOT_PASSWORD, "REQUEST_TIMEOUT_MS": str(round(DEADLINE_S * 1000))}


class NotInTime(AssertionError):
    """Something that had to come true did not."""


@dataclass(slots=True)
class Listener:
    """Every log line of every process, by the process's name."""

    lines: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def line(self, process: str, line: bytes) -> None:
        if line.startswith(b"{"):
            self.lines[process].append(json.loads(line))

    def tell(self, text: str) -> None: ...

    def events(self, process: str, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines[process] if line.get("event") == event]


# On no real bus: one who may send anything to anybody.
ANYONE = Participant("anyone", publishes=(">",))


@dataclass(frozen=True, slots=True)
class System:
    cluster: Cluster
    listener: Listener

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, *, replicas: int = 1) -> AsyncGenerator["System"]:
        listener = Listener()
        cluster = Cluster(
            folder,
            replicas=dict.fromkeys(("gateway", "auth", "admin", "customer"), replicas),
            environ=untraced_environment() | SETTINGS | OUT_OF_THE_WAY,
            watcher=listener,
            durable=False,
            bus_users=render((*PARTICIPANTS, ANYONE)),
        )
        async with cluster:
            yield cls(cluster, listener)

    def balancer(self) -> Balancer:
        return Balancer([_as_gateway(process) for process in self.cluster.processes["gateway"]])

    def processes(self, *names: str) -> list[Process]:
        return [process for name in names for process in self.cluster.processes[name]]

    def gateways(self) -> list[int]:
        """Their process ids."""
        return [process.pid for process in self.processes("gateway")]

    async def ask(self, request: Request) -> tuple[int, Any]:
        """Status and body of one request, over a connection of its own."""
        connection = await self.balancer().connect()
        try:
            response = await connection.exchange(request)
        finally:
            connection.close()
        return response.status, response.answer

    async def root_token(self) -> str:
        body = json.dumps({"email": "admin@local", "password": ROOT_PASSWORD}).encode()
        status, answer = await self.ask(Request("POST", "/api/v1/admin/login", body))
        assert status == 200, answer
        return str(answer["data"]["token"])

    async def is_well(self) -> bool:
        client = Client(self.balancer(), Tally())
        outcome = await client.request(Request("GET", "/api/v1/healthcheck"))
        client.hang_up()
        return outcome.succeeded

    async def all_ready(self) -> bool:
        processes = self.processes("gateway", "auth", "admin", "customer")
        return all(await gather(*(process.is_ready() for process in processes)))

    async def well_within(self, seconds: float) -> float:
        return await true_within(seconds, self.is_well, "the healthcheck answers 200")

    async def not_ready_within(self, seconds: float, process: Process) -> float:
        async def not_ready() -> bool:
            return not await is_ready(process.ops_url)

        return await true_within(seconds, not_ready, f"{process.name} is not ready")


def untraced_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}


async def true_within(seconds: float, claim: Callable[[], Awaitable[bool]], told: str) -> float:
    """The seconds until the claim came true."""
    began = time.monotonic()
    while not await claim():
        if time.monotonic() - began > seconds:
            raise NotInTime(f"after {seconds:g} s it is not so that {told}")
        await sleep(POLL_S)
    return time.monotonic() - began


class Told(Protocol):
    """Whatever has an ops port."""

    @property
    def name(self) -> str: ...

    @property
    def ops_url(self) -> str: ...


async def metric(process: Told, name: str) -> float:
    """The sum of all series of that name."""
    status, body = await ask_ops(process.ops_url, "/metrics", within_s=20)
    assert status == 200, f"{process.name} tells no metrics"
    families = text_string_to_metric_families(body.decode())
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


def _as_gateway(process: Process) -> Gateway:
    return Gateway(process.url, lambda: process.ops_url)
