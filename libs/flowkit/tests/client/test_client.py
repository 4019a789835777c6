"""A typed call: the reply, or the error a caller can act on."""

import asyncio

import pytest
from flowkit.bus import Message
from flowkit.client import Client
from flowkit.contract import (
    BadGateway,
    Conflict,
    Forbidden,
    Invalid,
    Nothing,
    Query,
    Reply,
    TimedOut,
    Unavailable,
    Wrong,
)
from flowkit.telemetry import names
from flowkit.telemetry.spans import Tracing
from flowkit.testing.calls import a_call
from flowkit.testing.memory_bus import MemoryBroker
from flowkit.wire import headers
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer
from structlog.testing import capture_logs


class Told(Reply):
    text: str


class TooEarly(Conflict):
    """Too early"""


class TooLate(Conflict):
    """Too late"""


tell = Query("test.tell", Nothing, Told, raises=(TooEarly, TooLate))
SLUG_TO_UID = "lfx.projects-api.slug_to_uid"


class Neighbour:
    """Someone on the bus who is not ours, and the client that asks it."""

    def __init__(self, max_payload: int = 1024 * 1024) -> None:
        broker = MemoryBroker(max_payload)
        self.bus = broker.connect("neighbour")
        self.asking = broker.connect("asking")
        self.client = Client(self.asking, "tester", Tracing(NoOpTracer()), patience=20)
        self.hasty = Client(self.asking, "tester", Tracing(NoOpTracer()), patience=0.1)
        self.heard: list[Message] = []
        self.replies: asyncio.Future[None] | None = None

    async def answers(self, subject: str, data: bytes, told: dict[str, str] | None = None) -> None:
        def reply(message: Message) -> None:
            self.heard.append(message)
            self.replies = asyncio.ensure_future(self.bus.publish(message.reply, data, headers=told))

        await self.bus.subscribe(subject, reply)

    async def keeps_silent(self, subject: str) -> None:
        await self.bus.subscribe(subject, self.heard.append)


async def test_a_success_is_decoded_into_the_contracts_reply() -> None:
    there = Neighbour()
    await there.answers("test.tell", b'{"success":true,"status":200,"data":{"text":"hi","new":1},"trace":["SUCCESS"]}')

    assert await there.client.call(tell, Nothing()) == Told(text="hi")


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (b'"status":409,"errorCode":"CONFLICT","message":"Too late"', TooLate),
        (b'"status":409,"errorCode":"CONFLICT","message":"Too early"', TooEarly),
        (b'"status":409,"errorCode":"CONFLICT","message":"Reworded since"', TooEarly),
        (b'"status":403,"errorCode":"FORBIDDEN","message":"No"', Forbidden),
    ],
)
async def test_the_contracts_own_error_is_raised(answer: bytes, raised: type[Exception]) -> None:
    there = Neighbour()
    await there.answers("test.tell", b'{"success":false,' + answer + b',"detailed":[],"trace":[]}')

    with pytest.raises(raised) as fault:
        await there.client.call(tell, Nothing())
    assert type(fault.value) is raised


async def test_faulty_fields_come_back_with_the_error() -> None:
    there = Neighbour()
    await there.answers(
        "test.tell",
        b'{"success":false,"status":400,"errorCode":"VALIDATION_ERROR","message":"Invalid input",'
        b'"detailed":[{"field":"a.b","message":"Required"}]}',
    )

    with pytest.raises(Invalid) as fault:
        await there.client.call(tell, Nothing())
    assert fault.value.detailed == (Wrong("a.b", "Required"),)


@pytest.mark.parametrize(
    "unreadable",
    [
        b"",
        b"hello",
        b"\xff",
        b"[]",
        b'{"success":true}',
        b'{"success":true,"status":200,"data":{"text":5}}',
        b'{"success":true,"status":200}',
        b'{"success":false,"status":418,"errorCode":"TEAPOT","message":""}',
        b'{"success":false,"status":200,"errorCode":"CONFLICT","message":""}',
        b'{"success":true,"status":200,"data":' + b"[" * 50_000,
    ],
)
async def test_an_unreadable_reply_is_a_bad_gateway(unreadable: bytes) -> None:
    there = Neighbour()
    await there.answers("test.tell", unreadable)

    with pytest.raises(BadGateway):
        await there.client.call(tell, Nothing())


async def test_nobody_there_is_unavailable_and_silence_is_a_timeout() -> None:
    there = Neighbour()
    with pytest.raises(Unavailable):
        await there.client.call(tell, Nothing())

    await there.keeps_silent("test.tell")
    with pytest.raises(TimedOut):
        await there.hasty.call(tell, Nothing())


async def test_a_request_too_large_for_the_bus_is_the_callers_fault() -> None:
    there = Neighbour(max_payload=10)
    await there.keeps_silent("test.tell")

    with pytest.raises(Invalid):
        await there.client.call(tell, Nothing())
    assert not there.heard


async def test_nothing_is_sent_once_the_deadline_has_passed() -> None:
    there = Neighbour()
    await there.keeps_silent("test.tell")

    with a_call(seconds=0).as_current(), pytest.raises(TimedOut):
        await there.client.call(tell, Nothing())
    assert not there.heard


async def test_a_call_keeps_account_of_the_requests_it_sent_on() -> None:
    there, call = Neighbour(), a_call()

    with call.as_current(), pytest.raises(Unavailable):
        await there.client.call(tell, Nothing())

    assert [(made.flow, made.error_code) for made in call.calls] == [("test.tell", "SERVICE_UNAVAILABLE")] * 3


async def test_a_plain_question_gets_a_plain_answer() -> None:
    there = Neighbour()
    await there.answers(SLUG_TO_UID, "ünïque-id".encode())

    assert await there.client.ask(SLUG_TO_UID, "a-slug") == "ünïque-id"
    assert (there.heard[0].data, there.heard[0].headers[headers.CALLER]) == (b"a-slug", "tester")


async def test_a_stranger_is_not_handed_the_callers_identity() -> None:
    there, call = Neighbour(), a_call()
    call.identity_token, call.request_id = "signed", "a-request"
    await there.answers(SLUG_TO_UID, b"an-id")

    with call.as_current():
        await there.client.ask(SLUG_TO_UID, "a-slug")

    assert headers.IDENTITY not in there.heard[0].headers
    assert there.heard[0].headers[headers.REQUEST_ID] == "a-request"


async def test_the_default_stands_in_only_where_nobody_answers() -> None:
    there = Neighbour()
    assert await there.client.ask(SLUG_TO_UID, "a-slug", default="") == ""
    with pytest.raises(Unavailable):
        await there.client.ask(SLUG_TO_UID, "a-slug")

    await there.keeps_silent(SLUG_TO_UID)
    with pytest.raises(TimedOut):
        await there.hasty.ask(SLUG_TO_UID, "a-slug", default="")


async def test_a_default_that_stands_in_is_logged_and_marked_on_the_span() -> None:
    there, spans = Neighbour(), InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    client = Client(there.asking, "tester", Tracing(provider.get_tracer("test")))

    with capture_logs() as told:
        await client.ask(SLUG_TO_UID, "a-slug", default="")

    assert [(line["log_level"], line["flow"]) for line in told] == [("warning", SLUG_TO_UID)]
    (span,) = spans.get_finished_spans()
    assert (span.attributes or {})[names.FALLBACK] is True


@pytest.mark.parametrize("told", [None, {headers.SERVICE_ERROR: "no such slug", headers.SERVICE_ERROR_CODE: "404"}])
async def test_a_plain_answer_that_is_none_is_a_bad_gateway(told: dict[str, str] | None) -> None:
    there = Neighbour()
    await there.answers(SLUG_TO_UID, b"\xff" if told is None else b"", told)

    with pytest.raises(BadGateway) as refused:
        await there.client.ask(SLUG_TO_UID, "a-slug", default="")
    assert refused.value.message == BadGateway.default_message


async def test_a_bus_that_is_away_is_unavailable_even_with_a_default() -> None:
    there = Neighbour()
    await there.asking.close()

    with pytest.raises(Unavailable):
        await there.client.ask(SLUG_TO_UID, "a-slug", default="")
