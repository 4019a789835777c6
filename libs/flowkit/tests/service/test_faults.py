"""Faults that are planned, as their caller meets them."""

import time

import pytest
from flowkit.call import Call
from flowkit.contract.health import Condition, health_of
from flowkit.faults import Faults, PlannedFault
from flowkit.service import Service, ServiceRuntime, serve
from flowkit.service.health import TellHealth
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.memory_bus import MemoryBroker
from flowkit.wire import envelope
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from .stage import REQUEST, Believing, Greeted, Greeting, Told, greet


class Stricken:
    """A service with a fault planned for all it does."""

    def __init__(self, **given: object) -> None:
        fault = PlannedFault(**{"subject": ">", "until": time.time() + 60} | given)  # pyright: ignore[reportArgumentType]  a table's
        self.faults = Faults()
        self.faults.take("key", fault.encoded())
        broker, self.greeted, self.metrics, self.spans = MemoryBroker(), 0, Metrics("test"), InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.bus = broker.connect()
        service = Service("test", [serve(greet, Told(self._greet)), serve(health_of("test"), TellHealth(_well))])
        tracing = Tracing(provider.get_tracer("test"))
        self.runtime = ServiceRuntime(service, broker.connect(), tracing, self.metrics, Believing(), faults=self.faults)

    async def _greet(self, request: Greeting, _: Call) -> Greeted:
        self.greeted += 1
        return Greeted(text=request.name)

    async def asked(
        self, subject: str = "test.greet", data: bytes = REQUEST, *, waits_ms: int = 20_000, within: float = 20
    ) -> envelope.Answer:
        await self.runtime.start()
        try:
            reply = await self.bus.request(
                subject, data, within=within, headers={"flow-timeout-ms": str(waits_ms), "flow-service": "gateway"}
            )
        finally:
            await self.runtime.leave()
            await self.runtime.finish()
        return envelope.decode(reply.data)

    def counted(self, effect: str) -> float | None:
        labels = {"flow": "test.greet", "fault": effect}
        return self.metrics.registry.get_sample_value(names.FAULTS_INJECTED, labels)

    @property
    def marks(self) -> list[object]:
        return [(span.attributes or {}).get(names.INJECTED_FAULT) for span in self.spans.get_finished_spans()]


async def _well() -> dict[str, Condition]:
    return {}


async def test_a_slow_flow_answers_later_and_says_why() -> None:
    service, began = Stricken(latency_ms=80), time.monotonic()

    answer = await service.asked()

    assert time.monotonic() - began >= 0.08
    assert answer.trace == ["Injected fault: 80 ms of latency", "SUCCESS"]
    assert (service.greeted, service.counted("latency"), service.marks) == (1, 1, ["latency"])


async def test_one_slower_than_its_caller_waits_is_cut_short_as_any_is() -> None:
    answer = await Stricken(latency_ms=5000).asked(waits_ms=400)

    assert answer.error_code == "TIMEOUT"


@pytest.mark.parametrize(
    "error", ["INTERNAL_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT", "TOO_MANY_REQUESTS"]
)
async def test_a_planned_error_is_answered_in_the_flows_stead(error: str) -> None:
    service = Stricken(error=error)

    answer = await service.asked()

    assert answer.error_code == error
    assert answer.trace[0] == f"Injected fault: {error}"
    assert (service.greeted, service.counted("error"), service.marks) == (0, 1, ["error"])


async def test_a_dropped_reply_never_comes_and_its_flow_has_run() -> None:
    service = Stricken(drop=True)

    with pytest.raises(Exception, match="no reply came in time"):
        await service.asked(within=0.5)

    assert (service.greeted, service.counted("drop"), service.marks) == (1, 1, ["drop"])


async def test_how_a_service_is_can_be_asked_whatever_is_planned() -> None:
    service = Stricken(error="TIMEOUT")

    answer = await service.asked(health_of("test").subject, b"")

    assert answer.success
    assert service.counted("error") is None


async def test_once_it_is_cleared_all_is_as_before() -> None:
    service = Stricken(error="TIMEOUT")
    service.faults.take("key", None)

    answer = await service.asked()

    assert (answer.success, answer.trace) == (True, ["SUCCESS"])
