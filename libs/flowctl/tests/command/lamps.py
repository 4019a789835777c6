"""A service to be called: lamps anyone may look at and only a customer may switch."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from contracts import auth
from flowkit.bus import Bus
from flowkit.call import Call
from flowkit.contract import Command, Conflict, Identity, Name, Nothing, Payload, Query, Reply, Unauthorized, role
from flowkit.contract.badge import Badge
from flowkit.service import Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.calls import someone
from opentelemetry.trace import NoOpTracer

TOKEN, IDENTITY = "a-token", "an-identity"


class Lamp(Payload):
    name: Name = "hall"


class Shining(Reply):
    name: str
    by: str = "nobody"


class Broken(Conflict):
    """The lamp is broken"""


look = Query("lamp.look", Lamp, Shining)
switch = Command("lamp.switch", Lamp, Shining, raises=(Broken,), access=role("customer"))


@dataclass(frozen=True, slots=True)
class Look:
    async def run(self, request: Lamp, call: Call) -> Shining:
        call.step("Looking at the lamp")
        return Shining(name=request.name)


@dataclass(frozen=True, slots=True)
class Switch:
    async def run(self, request: Lamp, call: Call) -> Shining:
        if request.name == "cellar":
            raise Broken
        return Shining(name=request.name, by=call.user.email)


@dataclass(frozen=True, slots=True)
class Validate:
    async def run(self, request: auth.TokenToValidate, _: Call) -> auth.Validated:
        if request.token != TOKEN:
            raise auth.InvalidToken
        who = someone("customer")
        return auth.Validated(id=who.id, email=who.email, role=who.role, identity=IDENTITY)


@dataclass(frozen=True, slots=True)
class Identify:
    async def run(self, _: Nothing, __: Call) -> Badge:
        return Badge(token="operator", expires_in=60)


class Believing:
    async def verify(self, token: str) -> Identity:
        if token != IDENTITY:
            raise Unauthorized
        return someone("customer")

    async def verify_service(self, token: str) -> str:
        return token


@asynccontextmanager
async def lamps(bus: Bus) -> AsyncGenerator[ServiceRuntime]:
    service = Service(
        "lamps",
        [
            serve(look, Look()),
            serve(switch, Switch()),
            serve(auth.validate, Validate()),
            serve(auth.identities["operator"], Identify()),
        ],
    )
    runtime = ServiceRuntime(service, bus, Tracing(NoOpTracer()), Metrics("lamps"), Believing())
    await runtime.start()
    try:
        yield runtime
    finally:
        await runtime.leave()
        await runtime.finish()
