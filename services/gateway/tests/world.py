"""A gateway over a bus in memory, and services behind it that answer as a test tells them to."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from contracts import admin, api_keys, auth, customer, notification, order
from flowkit.bus import Bus
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import Contract, Identity, Nothing
from flowkit.resilience import Callees, Options
from flowkit.service import Service, ServiceHealth, ServiceRuntime, health_of, serve
from flowkit.telemetry.ids import IdsOnlyTracer
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.calls import NamedBadges
from flowkit.testing.memory_bus import MemoryBroker, MemoryBus
from gateway_service.http.traffic import Traffic
from gateway_service.rate_limits.limits import RateLimits
from gateway_service.server.http_server import HttpServer
from gateway_service.server.listener import Listener
from gateway_service.service import build_edge, build_service
from gateway_service.settings import Settings
from gateway_service.validations import Validations
from opentelemetry.trace import Tracer

type Script = Callable[[Any, Call], Awaitable[Any]]

ROOT = Identity(id="0190b7a0-0000-7000-8000-000000000001", email="root@local", role="admin", root=True)
ADMIN = Identity(id="0190b7a0-0000-7000-8000-000000000002", email="admin@local", role="admin")
ADA = Identity(id="0190b7a0-0000-7000-8000-000000000003", email="ada@example.org", role="customer")


SIGNED_IN = auth.SignedIn(token="a token", refresh_token="flr_a", expires_in=900)


def token_of(who: Identity, *, lasting: float = 600) -> str:
    """Of the form auth's have; the services of this world read it without asking who signed it."""
    claims = {"sub": who.id, "email": who.email, "role": who.role, "root": who.root, "exp": time.time() + lasting}
    claims |= {"sid": who.session, "contracts": who.contracts}
    return jwt.encode(claims, "a key nobody here asks about, long enough", "HS256")


def bearer(who: Identity) -> dict[str, str]:
    return {"authorization": f"Bearer {token_of(who)}"}


def _who(token: str) -> Identity:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as fault:
        raise auth.InvalidToken from fault
    return Identity(
        id=claims["sub"],
        email=claims["email"],
        role=claims["role"],
        root=claims["root"],
        session=claims["sid"],
        contracts=tuple(claims["contracts"]),
    )


class _Verifier:
    async def verify(self, token: str) -> Identity:
        return _who(token)

    async def verify_service(self, token: str) -> str:
        return token


@dataclass(frozen=True, slots=True)
class _Scripted:
    world: "World"
    subject: str

    async def run(self, request: Any, call: Call) -> Any:
        self.world.asked.append((self.subject, request, call))
        return await self.world.scripts[self.subject](request, call)


@dataclass(slots=True)
class World:
    port: int = 0
    deaths: list[str] = field(default_factory=list[str])
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    scripts: dict[str, Script] = field(default_factory=dict[str, Script])
    asked: list[tuple[str, Any, Call]] = field(default_factory=list[tuple[str, Any, Call]])
    metrics: Metrics = field(default_factory=lambda: Metrics("gateway"))
    traffic: Traffic = field(default_factory=Traffic)
    gateway_bus: MemoryBus = field(init=False)
    server: HttpServer = field(init=False)
    validations: Validations = field(init=False)

    def answer(self, contract: Contract[Any, Any], script: Script) -> None:
        self.scripts[contract.subject] = script

    def asked_of(self, contract: Contract[Any, Any]) -> list[tuple[Any, Call]]:
        return [(request, call) for subject, request, call in self.asked if subject == contract.subject]

    async def open_services(self, tracing: Tracing) -> None:
        of_auth = (*auth.ALL, *api_keys.ALL)
        behind = {
            "auth": of_auth,
            "admin": admin.ALL,
            "customer": customer.ALL,
            "order": order.ALL,
            "notification": notification.ALL,
            "payment": (),
        }
        for name, served in behind.items():
            contracts = (*served, health_of(name))
            flows = [serve(contract, _Scripted(self, contract.subject)) for contract in contracts]
            await self._start(Service(name, flows), self.broker.connect(name), tracing)
            self.answer(health_of(name), well)
        self.answer(auth.validate, validate)

    async def open_gateway(self, settings: Settings, tracing: Tracing) -> None:
        self.gateway_bus = self.broker.connect("gateway")
        # Many of these tests fail a flow time and again, and mean each time.
        callees = Callees(self.metrics, Options(least_attempts=1_000_000))
        client = Client(self.gateway_bus, "gateway", tracing, badges=NamedBadges("gateway"), callees=callees)
        self.validations = Validations(client)
        await self._start(build_service(client), self.gateway_bus, tracing)
        limits = RateLimits.of(settings, self.metrics)
        edge = build_edge(settings, client, self.validations, limits, metrics=self.metrics, traffic=self.traffic)
        listener = Listener.open("127.0.0.1", 0)
        self.port = listener.port
        self.server = HttpServer(edge, listener, self.traffic, on_death=lambda: self.deaths.append("died"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _start(self, service: Service, bus: Bus, tracing: Tracing) -> None:
        await ServiceRuntime(service, bus, tracing, Metrics(service.name), _Verifier()).start()


async def validate(request: auth.TokenToValidate, _: Call) -> auth.Validated:
    who = _who(request.token)
    return auth.Validated(id=who.id, email=who.email, role=who.role, root=who.root, identity=request.token)


async def well(_: Nothing, __: Call) -> ServiceHealth:
    return ServiceHealth(ready=True, checks={"nats": "up", "database": "up"})


def a_customer(first_name: str = "Ada") -> customer.Customer:
    born = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return customer.Customer(
        id=ADA.id, email=ADA.email, first_name=first_name, last_name="Lovelace", created_at=born, updated_at=born
    )


def always(reply: Any) -> Script:
    async def script(_: Any, __: Call) -> Any:
        return reply

    return script


@dataclass(frozen=True, slots=True)
class Held:
    """Answers so, once it may."""

    reply: Any
    started: asyncio.Event = field(default_factory=asyncio.Event)
    finish: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: object, __: Call) -> Any:
        self.started.set()
        await self.finish.wait()
        return self.reply


def failing(error: Exception) -> Script:
    async def script(_: Any, __: Call) -> Any:
        raise error

    return script


@asynccontextmanager
async def a_world(settings: Settings | None = None, tracer: Tracer | None = None) -> AsyncGenerator[World]:
    world, tracing = World(), Tracing(tracer or IdsOnlyTracer(trusting=False))
    await world.open_services(tracing)
    await world.open_gateway(settings or Settings(drain_grace_ms=0), tracing)
    async with world.server:
        yield world
