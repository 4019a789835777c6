"""A service on a bus in memory, and a client of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from flowkit.call import Call
from flowkit.client import Client
from flowkit.service import Limits, Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from flowkit.testing.memory_bus import MemoryBroker, MemoryBus
from flowkit.wire import envelope

from .stage import TRACING, Believing, Greeted, Greeting, Story, Told, between_us, greet, guarded

ADA = Greeting(name="Ada")


async def politely(request: Greeting, call: Call) -> Greeted:
    call.step("Greeting")
    return Greeted(text=f"Hello {request.name}")


@dataclass(frozen=True, slots=True)
class Scene:
    bus: MemoryBus
    client: Client
    runtime: ServiceRuntime

    async def raw(self, data: bytes, subject: str = "test.greet", **sent: str) -> envelope.Answer:
        reply = await self.bus.request(
            subject, data, within=20, headers={k.replace("_", "-"): v for k, v in sent.items()}
        )
        return envelope.decode(reply.data)


@asynccontextmanager
async def scene(
    story: Story = politely, limits: Limits | None = None, broker: MemoryBroker | None = None
) -> AsyncGenerator[Scene]:
    broker = broker or MemoryBroker()
    bus = broker.connect("test")
    service = Service("test", [serve(greet, Told(story)), serve(guarded, Told(story)), serve(between_us, Told(story))])
    runtime = ServiceRuntime(
        service, broker.connect("service"), TRACING, Metrics("test"), Believing(), limits or Limits()
    )
    await runtime.start()
    try:
        yield Scene(bus, Client(bus, "tester", TRACING, patience=20), runtime)
    finally:
        await runtime.leave()
        await runtime.finish()
