"""A service on a real NATS server, and a bare client that knows nothing of flowkit to ask it."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.call import Call
from flowkit.contract import Conflict, Identity, Name, Payload, Query, Reply, ServiceUnknown, Unauthorized, only, role
from flowkit.service import Limits, Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.calls import someone
from nats.aio.client import Client
from opentelemetry.trace import NoOpTracer

TRACING = Tracing(NoOpTracer())
REQUEST = b'{"name":"Ada"}'


class Greeting(Payload):
    name: Name


class Greeted(Reply):
    text: str


class NameTaken(Conflict):
    """Name already taken"""


greet = Query("test.greet", Greeting, Greeted, raises=(NameTaken,))
guarded = Query("test.guarded", Greeting, Greeted, access=role("admin"))
between_us = Query("test.internal", Greeting, Greeted, access=only("gateway", "tester"))

type Story = Callable[[Greeting, Call], Awaitable[Greeted]]


@dataclass(frozen=True, slots=True)
class Told:
    """A flow made of a function."""

    story: Story

    async def run(self, request: Greeting, call: Call) -> Greeted:
        return await self.story(request, call)


class Believing:
    """Takes a token for the role it names."""

    async def verify(self, token: str) -> Identity:
        if token not in ("admin", "customer"):
            raise Unauthorized
        return someone(token)

    async def verify_service(self, token: str) -> str:
        if token.startswith("forged"):
            raise ServiceUnknown
        return token


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply as it came off the wire, and when."""

    raw: bytes
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)

    @property
    def told(self) -> tuple[int, str, str]:
        said = msgspec.json.decode(self.raw, type=dict[str, object])
        return int(str(said["status"])), str(said.get("errorCode")), str(said.get("message"))

    @property
    def last_step(self) -> str:
        return msgspec.json.decode(self.raw, type=_Traced).trace[-1]


class _Traced(msgspec.Struct):
    trace: list[str]


@dataclass(frozen=True, slots=True)
class Stage:
    runtime: ServiceRuntime
    asker: Client

    async def ask(self, data: bytes = REQUEST, subject: str = "test.greet", **headers: str) -> Answered:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.asker.request(subject, data, timeout=20, headers=sent or None)
        return Answered(reply.data, dict(reply.headers or {}))

    async def until(self, waiting: int = 0, running: int = 0) -> None:
        async with asyncio.timeout(30):
            while (self.runtime.gate.waiting, self.runtime.gate.running) != (waiting, running):
                await asyncio.sleep(0)


async def bare_client(url: str) -> Client:
    asker = Client()
    await asker.connect(url, allow_reconnect=False)
    return asker


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[NatsBus]:
    bus = NatsBus(NatsOptions(url))
    try:
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def served(bus: NatsBus, service: Service, limits: Limits | None = None) -> AsyncGenerator[ServiceRuntime]:
    runtime = ServiceRuntime(service, bus, TRACING, Metrics(service.name), Believing(), limits or Limits())
    await runtime.start()
    try:
        yield runtime
    finally:
        await runtime.leave()
        await runtime.finish()


@asynccontextmanager
async def stage(url: str, story: Story, limits: Limits | None = None) -> AsyncGenerator[Stage]:
    service = Service("test", [serve(greet, Told(story)), serve(guarded, Told(story)), serve(between_us, Told(story))])
    asker = await bare_client(url)
    try:
        async with connected(url) as bus, served(bus, service, limits) as runtime:
            yield Stage(runtime, asker)
    finally:
        await asker.close()
