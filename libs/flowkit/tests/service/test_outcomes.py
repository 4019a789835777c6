"""Whatever happens in a flow, the caller is answered; over the bus in memory."""

import asyncio

import pytest
from flowkit.bus import Message
from flowkit.call import Call
from flowkit.client import Client
from flowkit.contract import Conflict, Fault, FlowError, Forbidden, Invalid, Query, TimedOut
from flowkit.testing.memory_bus import MemoryBroker
from flowkit.wire import envelope, headers

from .scenes import ADA, politely, scene
from .stage import TRACING, Greeted, Greeting, NameTaken, Story, greet


class Undeclared(Conflict):
    """Nobody was told of this one"""


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


@pytest.mark.parametrize("error", [Invalid, Forbidden, TimedOut])
async def test_the_general_errors_need_no_naming(error: type[FlowError]) -> None:
    async def story(_: Greeting, __: Call) -> Greeted:
        raise error

    async with scene(story) as stage:
        with pytest.raises(error):
            await stage.client.call(greet, ADA)


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
        reply = await stage.bus.request("test.greet", b'{"name":"Ada"}', within=20)
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
        await stage.raw(b'{"name":"Ada"}', "test.guarded", flow_identity="admin", flow_timeout_ms="800")

    sent = seen[0].headers
    assert 0 < int(sent[headers.TIMEOUT_MS]) <= 800
    assert (sent[headers.IDENTITY], sent[headers.CALLER]) == ("admin", "service")
