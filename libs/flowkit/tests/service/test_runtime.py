"""Whatever happens in a flow, the caller is answered; over the bus in memory."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from flowkit.bus import Message
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import (
    Command,
    Conflict,
    Fault,
    FlowError,
    Forbidden,
    Identity,
    Invalid,
    Name,
    Payload,
    Query,
    Reply,
    TimedOut,
    Unauthorized,
    Unavailable,
    role,
)
from flowkit.service import Limits, Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.testing.calls import someone
from flowkit.testing.memory_bus import MemoryBroker, MemoryBus
from flowkit.wire import envelope, headers
from opentelemetry.trace import NoOpTracer


class Greeting(Payload):
    name: Name


class Greeted(Reply):
    text: str


class NameTaken(Conflict):
    """Name already taken"""


class Undeclared(Conflict):
    """Nobody was told of this one"""


greet = Query("test.greet", Greeting, Greeted, raises=(NameTaken,))
guarded = Command("test.guarded", Greeting, Greeted, access=role("admin"), status=201)
TRACING = Tracing(NoOpTracer())
ADA = Greeting(name="Ada")

type Story = Callable[[Greeting, Call], Awaitable[Greeted]]


@dataclass(frozen=True, slots=True)
class Told:
    """A flow made of a function."""

    story: Story

    async def run(self, request: Greeting, call: Call) -> Greeted:
        call.step("Greeting")
        return await self.story(request, call)


class Believing:
    """Takes a token for the role it names."""

    async def verify(self, token: str) -> Identity:
        if token not in ("admin", "customer"):
            raise Unauthorized
        return someone(token)


async def politely(request: Greeting, _: Call) -> Greeted:
    return Greeted(text=f"Hello {request.name}")


@dataclass(frozen=True, slots=True)
class Scene:
    bus: MemoryBus
    client: Client
    runtime: ServiceRuntime

    async def raw(self, data: bytes, subject: str = "test.greet", **sent: str) -> envelope.Answer:
        reply = await self.bus.request(
            subject, data, within=2, headers={k.replace("_", "-"): v for k, v in sent.items()}
        )
        return envelope.decode(reply.data)


@asynccontextmanager
async def scene(
    story: Story = politely, limits: Limits | None = None, broker: MemoryBroker | None = None
) -> AsyncGenerator[Scene]:
    broker = broker or MemoryBroker()
    bus = broker.connect("test")
    service = Service("test", [serve(greet, Told(story)), serve(guarded, Told(story))])
    runtime = ServiceRuntime(
        service, broker.connect("service"), TRACING, Metrics("test"), Believing(), limits or Limits()
    )
    await runtime.start()
    try:
        yield Scene(bus, Client(bus, "tester", TRACING, patience=2), runtime)
    finally:
        await runtime.leave()
        await runtime.finish()


async def test_a_flow_answers_what_its_contract_says() -> None:
    async with scene() as stage:
        assert (await stage.client.call(greet, ADA)).text == "Hello Ada"


async def test_an_answer_carries_its_chain_of_thought() -> None:
    async with scene() as stage:
        answer = await stage.raw(b'{"name":"Ada"}')

    assert (answer.success, answer.status, answer.trace) == (True, 200, ["Greeting", "SUCCESS"])


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"name":1}', b'{"name":"Ada","x":1}', b"\xff", b'{"name":' + b"[" * 50_000]
)
async def test_what_does_not_fit_is_refused_before_the_flow_runs(data: bytes) -> None:
    async with scene() as stage:
        answer = await stage.raw(data)

    assert (answer.status, answer.error_code, answer.message) == (400, "VALIDATION_ERROR", "Invalid input")
    assert answer.detailed
    assert answer.trace == ["REJECTED: Invalid input"]


async def test_a_contracts_own_error_is_raised_at_the_caller() -> None:
    async def taken(_: Greeting, __: Call) -> Greeted:
        raise NameTaken

    async with scene(taken) as stage:
        with pytest.raises(NameTaken, match="Name already taken"):
            await stage.client.call(greet, ADA)
        assert (await stage.raw(b'{"name":"Ada"}')).trace[-1] == "REJECTED: Name already taken"


class _Leaky(Exception):
    """Carries what no caller may see."""


async def crash(_: Greeting, __: Call) -> Greeted:
    raise _Leaky("the password is hunter2")


async def undeclared(_: Greeting, __: Call) -> Greeted:
    raise Undeclared


async def leave_the_process(_: Greeting, __: Call) -> Greeted:
    raise SystemExit(3)


async def cancel_oneself(_: Greeting, __: Call) -> Greeted:
    raise asyncio.CancelledError


async def answer_nothing(_: Greeting, __: Call) -> Greeted:
    return None  # pyright: ignore[reportReturnType] - what a flow without types might do


async def answer_what_no_json_can_say(_: Greeting, __: Call) -> Greeted:
    return Greeted(text="\ud800")


async def answer_too_much(_: Greeting, __: Call) -> Greeted:
    return Greeted(text="x" * 2_000_000)


@pytest.mark.parametrize(
    ("story", "last_step"),
    [
        (crash, "ERROR: _Leaky"),
        (undeclared, "ERROR: Undeclared"),
        (leave_the_process, "ERROR: SystemExit"),
        (cancel_oneself, "ERROR: Cancelled"),
        (answer_nothing, "ERROR: TypeError"),
        (answer_what_no_json_can_say, "ERROR: UnicodeEncodeError"),
        (answer_too_much, "ERROR: PayloadTooLarge"),
    ],
)
async def test_a_fault_in_a_flow_is_answered_and_tells_nothing(story: Story, last_step: str) -> None:
    async with scene(story) as stage:
        reply = await stage.bus.request("test.greet", b'{"name":"Ada"}', within=1)
        answer = envelope.decode(reply.data)

    assert (answer.status, answer.error_code, answer.message) == (500, "INTERNAL_ERROR", "Unexpected error")
    assert answer.trace[-1] == last_step
    assert b"hunter2" not in reply.data
    assert dict(reply.headers) == {headers.SERVICE_ERROR: "INTERNAL_ERROR", headers.SERVICE_ERROR_CODE: "500"}


async def test_the_next_request_after_a_fault_is_answered_as_ever() -> None:
    calls = 0

    async def once(request: Greeting, call: Call) -> Greeted:
        nonlocal calls
        calls += 1
        return await (crash if calls == 1 else politely)(request, call)

    async with scene(once) as stage:
        with pytest.raises(Fault):
            await stage.client.call(greet, ADA)
        assert (await stage.client.call(greet, ADA)).text == "Hello Ada"


async def test_access_is_judged_before_the_payload() -> None:
    async with scene() as stage:
        answers = [
            await stage.raw(b"not json", "test.guarded"),
            await stage.raw(b"not json", "test.guarded", flow_identity="forged"),
            await stage.raw(b"not json", "test.guarded", flow_identity="customer"),
            await stage.raw(b"not json", "test.guarded", flow_identity="admin"),
        ]

    assert [(answer.status, answer.message) for answer in answers] == [
        (401, "Not authenticated"),
        (401, "Not authenticated"),
        (403, "Required role: admin"),
        (400, "Invalid input"),
    ]


async def test_a_flow_past_its_deadline_is_cancelled_and_answered() -> None:
    noticed = asyncio.Event()

    async def stubborn(_: Greeting, __: Call) -> Greeted:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            noticed.set()
            await asyncio.sleep(0.2)  # takes its time to give in
            raise
        return Greeted(text="never")

    async with scene(stubborn) as stage:
        began = asyncio.get_running_loop().time()
        answer = await stage.raw(b'{"name":"Ada"}', flow_timeout_ms="100")
        took = asyncio.get_running_loop().time() - began

    assert (answer.status, answer.error_code) == (504, "TIMEOUT")
    assert noticed.is_set()
    assert 0.1 <= took < 0.15


async def test_a_flow_whose_deadline_has_passed_is_not_started() -> None:
    started = False

    async def story(request: Greeting, call: Call) -> Greeted:
        nonlocal started
        started = True
        return await politely(request, call)

    async with scene(story) as stage:
        answer = await stage.raw(b'{"name":"Ada"}', flow_timeout_ms="0")

    assert (answer.status, started) == (504, False)


async def test_past_the_waiting_line_a_request_is_refused_at_once() -> None:
    release = asyncio.Event()

    async def hold(request: Greeting, call: Call) -> Greeted:
        await release.wait()
        return await politely(request, call)

    async with scene(hold, Limits(concurrency=1, waiting=1)) as stage, asyncio.TaskGroup() as group:
        served = [group.create_task(stage.client.call(greet, ADA)) for _ in range(2)]
        while stage.runtime.gate.waiting < 1:
            await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await stage.client.call(greet, ADA)
        release.set()
    assert [task.result().text for task in served] == ["Hello Ada"] * 2


async def test_what_was_accepted_and_what_was_queued_is_answered_on_stop() -> None:
    release = asyncio.Event()

    async def hold(request: Greeting, call: Call) -> Greeted:
        await release.wait()
        return await politely(request, call)

    async with scene(hold, Limits(concurrency=2, waiting=10)) as stage, asyncio.TaskGroup() as group:
        served = [group.create_task(stage.client.call(greet, ADA)) for _ in range(6)]
        while stage.runtime.gate.waiting < 4:
            await asyncio.sleep(0)
        await stage.runtime.leave()
        group.create_task(stage.runtime.finish())
        with pytest.raises(Unavailable):
            await stage.client.call(greet, ADA)
        release.set()
    assert [task.result().text for task in served] == ["Hello Ada"] * 6


async def test_what_is_left_when_stopping_is_cut_short_is_answered_too() -> None:
    async def hold(_: Greeting, __: Call) -> Greeted:
        await asyncio.Event().wait()
        return Greeted(text="never")

    async with scene(hold) as stage, asyncio.TaskGroup() as group:
        outcome = group.create_task(_error_of(stage.client.call(greet, ADA)))
        while stage.runtime.in_flight < 1:
            await asyncio.sleep(0)
        await stage.runtime.leave()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stage.runtime.finish(), 0.05)
    assert isinstance(outcome.result(), Fault)


async def test_two_services_that_call_each_other_in_turn_do_not_deadlock() -> None:
    broker = MemoryBroker()
    there, back, home = (Query(f"test.{name}", Greeting, Greeted) for name in ("there", "back", "home"))

    @dataclass(frozen=True, slots=True)
    class CallOn:
        client: Client
        next: Query[Greeting, Greeted]

        async def run(self, request: Greeting, _: Call) -> Greeted:
            return await self.client.call(self.next, request)

    a_bus, b_bus = broker.connect("a"), broker.connect("b")
    a = Service("a", [serve(there, CallOn(Client(a_bus, "a", TRACING), back)), serve(home, Told(politely))])
    b = Service("b", [serve(back, CallOn(Client(b_bus, "b", TRACING), home))])
    one = Limits(concurrency=1, waiting=100)
    runtimes = [
        ServiceRuntime(service, bus, TRACING, Metrics(service.name), Believing(), one)
        for service, bus in ((a, a_bus), (b, b_bus))
    ]
    for runtime in runtimes:
        await runtime.start()
    client = Client(broker.connect("test"), "test", TRACING, patience=2)

    answers = await asyncio.gather(*(client.call(there, ADA) for _ in range(20)))

    assert [answer.text for answer in answers] == ["Hello Ada"] * 20
    for runtime in runtimes:
        await runtime.leave()
        await runtime.finish()
        assert (runtime.gate.running, runtime.gate.waiting, runtime.gate.aside) == (0, 0, 0)


async def test_a_request_sent_on_carries_what_is_left_of_the_budget_and_the_identity() -> None:
    broker = MemoryBroker()
    seen: list[Message] = []
    spy = broker.connect("spy")
    await spy.subscribe("test.next", seen.append)
    next_one = Query("test.next", Greeting, Greeted)
    client = Client(broker.connect("service"), "service", TRACING)

    async def call_on(request: Greeting, _: Call) -> Greeted:
        return await client.call(next_one, request)

    async with scene(call_on, broker=broker) as stage:
        await stage.raw(b'{"name":"Ada"}', "test.guarded", flow_identity="admin", flow_timeout_ms="200")

    sent = seen[0].headers
    assert 0 < int(sent[headers.TIMEOUT_MS]) <= 200
    assert (sent[headers.IDENTITY], sent[headers.CALLER]) == ("admin", "service")


async def _error_of(call: Awaitable[object]) -> FlowError | None:
    try:
        await call
    except FlowError as error:
        return error
    return None


@pytest.mark.parametrize("error", [Invalid, Forbidden, TimedOut])
async def test_the_general_errors_need_no_naming(error: type[FlowError]) -> None:
    async def story(_: Greeting, __: Call) -> Greeted:
        raise error

    async with scene(story) as stage:
        with pytest.raises(error):
            await stage.client.call(greet, ADA)
