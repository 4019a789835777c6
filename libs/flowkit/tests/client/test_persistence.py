"""A call that fails is made again where that may help, and no more than once on its way."""

import asyncio
from collections.abc import Sequence

import pytest
from flowkit.bus import Message
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import CircuitOpen, Command, Contract, Identity, Nothing, Query, Reply, TimedOut, Unavailable
from flowkit.resilience import Callees, Options
from flowkit.service import Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.calls import a_call
from flowkit.testing.memory_bus import MemoryBroker
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

WELL = b'{"success":true,"status":200,"data":{"text":"hi"}}'
DOWN = b'{"success":false,"status":503,"errorCode":"SERVICE_UNAVAILABLE","message":"Service unavailable"}'
FINAL = DOWN[:-1] + b',"final":true}'
LATE = b'{"success":false,"status":504,"errorCode":"TIMEOUT","message":"No answer in time"}'


class Told(Reply):
    text: str


tell = Query("test.tell", Nothing, Told)
keep = Command("test.keep", Nothing, Told)
how_are_you = Query("test.health", Nothing, Told, is_probe=True)


class Town:
    """One bus, whoever answers on it, and a caller whose spans and figures are kept."""

    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.tracing = Tracing(provider.get_tracer("test"))
        self.metrics = Metrics("test")
        self.client = self.caller(self.metrics)
        self.heard: list[Message] = []

    def caller(self, metrics: Metrics) -> Client:
        return Client(
            self.broker.connect(), "tester", self.tracing, patience=20, callees=Callees(metrics, Options(open_s=60))
        )

    async def answers(self, contract: Contract[Nothing, Told], *answers: bytes) -> None:
        """One after the other, the last of them for ever."""
        bus, left, sent = self.broker.connect(), list(answers), set[asyncio.Task[None]]()

        def reply(message: Message) -> None:
            self.heard.append(message)
            data = left.pop(0) if len(left) > 1 else left[0]
            sent.add(asyncio.create_task(bus.publish(message.reply, data)))

        await bus.subscribe(contract.subject, reply)

    def figure(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"flow": "test.tell"} | labels)

    def attempts(self) -> Sequence[ReadableSpan]:
        return [span for span in self.spans.get_finished_spans() if span.name == "request test.tell"]


async def test_what_did_not_run_is_asked_again_and_said_so() -> None:
    town, call = Town(), a_call()
    await town.answers(tell, DOWN, WELL)

    with call.as_current():
        assert await town.client.call(tell, Nothing()) == Told(text="hi")

    assert call.steps == ["Asking test.tell again"]
    assert [made.error_code for made in call.calls] == ["SERVICE_UNAVAILABLE", None]
    assert town.figure("flow_call_attempts_total", attempt="first") == 1
    assert town.figure("flow_call_attempts_total", attempt="retry") == 1


async def test_each_attempt_is_a_span_of_its_own_that_says_which() -> None:
    town = Town()
    await town.answers(tell, DOWN, WELL)

    await town.client.call(tell, Nothing())

    told = [dict(span.attributes or {}) for span in town.attempts()]
    assert [attributes.get("flow.attempt") for attributes in told] == [None, 2]
    assert [attributes.get("flow.error_code") for attributes in told] == ["SERVICE_UNAVAILABLE", None]


async def test_a_command_that_may_have_run_is_not_sent_twice() -> None:
    town = Town()
    await town.answers(keep, LATE, WELL)

    with pytest.raises(TimedOut):
        await town.client.call(keep, Nothing())
    assert len(town.heard) == 1


async def test_a_query_that_was_late_elsewhere_is_asked_again_while_there_is_time() -> None:
    town = Town()
    await town.answers(tell, LATE, WELL)

    assert await town.client.call(tell, Nothing()) == Told(text="hi")


async def test_it_ends() -> None:
    town = Town()
    await town.answers(tell, DOWN)

    with pytest.raises(Unavailable):
        await town.client.call(tell, Nothing())
    assert len(town.heard) == 3


async def test_no_more_is_asked_again_than_there_is_a_budget_for() -> None:
    town = Town()
    await town.answers(tell, DOWN)
    for _ in range(15):
        with pytest.raises(Unavailable):
            await town.client.call(tell, Nothing())

    assert len(town.heard) == 15 + 3
    assert town.figure("flow_call_retries_denied_total") == 14


async def test_whether_somebody_is_well_is_asked_once_each_time_and_never_left_unasked() -> None:
    town = Town()
    await town.answers(how_are_you, DOWN)
    for _ in range(30):
        with pytest.raises(Unavailable):
            await town.client.call(how_are_you, Nothing())

    assert len(town.heard) == 30


async def test_an_open_circuit_is_a_quick_503_a_step_and_a_figure() -> None:
    town, call = Town(), a_call()
    await town.answers(tell, FINAL)
    for _ in range(20):
        with pytest.raises(Unavailable):
            await town.client.call(tell, Nothing())

    with call.as_current(), pytest.raises(CircuitOpen) as refusal:
        await town.client.call(tell, Nothing())

    assert (refusal.value.status, refusal.value.message) == (503, "Service unavailable")
    assert refusal.value.retry_after is not None
    assert call.steps == ["Circuit open for test.tell"]
    assert len(town.heard) == 20
    assert (town.figure("flow_circuit_state"), town.figure("flow_circuit_refusals_total")) == (2, 1)
    assert town.client.callees.circuits == {"test.tell": "open"}


async def test_who_comes_back_is_asked_at_once() -> None:
    town = Town()
    await town.answers(tell, *[FINAL] * 20, WELL)
    for _ in range(20):
        with pytest.raises(Unavailable):
            await town.client.call(tell, Nothing())
    with pytest.raises(CircuitOpen):
        await town.client.call(tell, Nothing())

    town.client.callees.forget(("test.tell", "test.unheard.of"))

    assert await town.client.call(tell, Nothing()) == Told(text="hi")
    assert town.figure("flow_circuit_state") == 0


async def test_a_lost_connection_says_nothing_of_those_behind_it() -> None:
    town = Town()
    bus = town.broker.connect()
    client = Client(bus, "tester", town.tracing, patience=20, callees=Callees(town.metrics))
    bus.cut()
    for _ in range(30):
        with pytest.raises(Unavailable):
            await client.call(tell, Nothing())

    assert client.callees.circuits == {"test.tell": "closed"}


async def test_of_three_in_a_row_only_the_one_next_to_the_trouble_asks_again() -> None:
    """Were each to ask three times, the last would be asked nine times for one request."""
    town = Town()
    await town.answers(keep, DOWN)
    middle = Service("middle", [serve(tell, _PassingOn(town.caller(Metrics("middle"))))])
    runtime = ServiceRuntime(middle, town.broker.connect(), town.tracing, Metrics("middle"), _Nobody())
    await runtime.start()

    with pytest.raises(Unavailable):
        await town.client.call(tell, Nothing())

    assert len(town.heard) == 3
    assert len(town.attempts()) == 1
    await runtime.leave()
    await runtime.finish()


class _PassingOn:
    def __init__(self, client: Client) -> None:
        self._client = client

    async def run(self, request: Nothing, _: Call) -> Told:
        return await self._client.call(keep, request)


class _Nobody:
    async def verify(self, token: str) -> Identity:
        raise AssertionError(token)

    async def verify_service(self, token: str) -> str:
        raise AssertionError(token)
