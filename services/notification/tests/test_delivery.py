"""One notification: what comes of it, and what is told of it."""

from dataclasses import replace
from uuid import uuid4

import pytest
from contracts.customer import NoSuchCustomer
from flowkit.contract import Fault, FlowError, TimedOut, Unavailable
from flowkit.telemetry.spans import Tracing
from notification_service.ports import Away, Due, NotNow, Undeliverable
from notification_service.sender.delivery import Delivery, Ended
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode, format_span_id, format_trace_id
from structlog.testing import capture_logs

from .fakes import FakeStore
from .stage import ADA, CUSTOMER, PATIENCE_S, Stub, a_delivery, answering

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def a_due(attempt: int = 1, age_s: float = 0.5) -> Due:
    store = FakeStore()
    await store.add("order_received", CUSTOMER, str(uuid4()))
    (due,) = await store.claim(1, 60.0)
    carried = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    return replace(due, attempt=attempt, age_s=age_s, waited_s=age_s, carried=carried)


class Watched:
    """A delivery, and the spans it makes."""

    def __init__(self, channel: Stub, answer: FlowError | None = None) -> None:
        self._spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._spans))
        flows = answering(ADA if answer is None else answer)
        self.delivery: Delivery = a_delivery(channel, flows, Tracing(provider.get_tracer("test")))

    @property
    def span(self) -> ReadableSpan:
        (span,) = self._spans.get_finished_spans()
        return span

    @property
    def steps(self) -> list[str]:
        return [event.name for event in self.span.events]


async def test_a_message_is_sent_to_where_the_customer_is_written_to_now() -> None:
    channel, due = Stub(), await a_due()

    ended = await a_delivery(channel).run(due)

    (message,) = channel.sent
    assert ended == Ended("sent")
    assert (message.notification_id, message.email, message.customer_id) == (due.id, ADA.email, CUSTOMER)
    assert message.written_at == due.created_at


async def test_its_span_continues_the_trace_of_what_it_tells_of() -> None:
    watched, due = Watched(Stub()), await a_due(attempt=3)

    await watched.delivery.run(due)

    span = watched.span
    assert span.name == "send notification"
    assert span.parent is not None
    assert format_trace_id(span.parent.trace_id) == TRACE
    assert format_span_id(span.parent.span_id) == PARENT
    assert dict(span.attributes or {}) == {
        "flow.attempt": 3,
        "flow.about.customer": CUSTOMER,
        "flow.about.order": due.order_id,
        "flow.about.notification": due.id,
        "notification.kind": "order_received",
        "flow.outcome": "sent",
    }
    assert watched.steps == ["Asking where customer is written to", "Sending message", "SUCCESS"]


async def test_one_that_is_sent_long_after_has_a_trace_of_its_own_with_a_link() -> None:
    watched = Watched(Stub())

    await watched.delivery.run(await a_due(age_s=3600.0))

    span = watched.span
    assert span.parent is None
    assert [format_trace_id(link.context.trace_id) for link in span.links] == [TRACE]


async def test_a_customer_who_is_gone_is_told_nothing() -> None:
    channel = Stub()
    watched = Watched(channel, NoSuchCustomer())

    ended = await watched.delivery.run(await a_due())

    assert (ended.outcome, ended.reason, ended.is_everybodys) == ("undeliverable", "customer_gone", False)
    assert channel.tried == 0
    assert watched.steps[-1] == "REJECTED: customer is gone"


@pytest.mark.parametrize(
    ("fault", "outcome", "is_everybodys"),
    [
        (Undeliverable("SMTPRecipientRefused 550"), "undeliverable", False),
        (NotNow("SMTPRecipientRefused 450"), "put_off", False),
        (Away("SMTPConnectError"), "away", True),
        (RuntimeError("a mistake of ours"), "put_off", False),
    ],
)
async def test_what_a_channel_says_decides_what_comes_of_it(
    fault: Exception, outcome: str, is_everybodys: bool
) -> None:
    watched = Watched(Stub(faults=[fault]))

    ended = await watched.delivery.run(await a_due())

    assert (ended.outcome, ended.is_everybodys) == (outcome, is_everybodys)
    assert (watched.span.status.status_code == StatusCode.ERROR) == (outcome != "undeliverable")


@pytest.mark.parametrize(("fault", "outcome"), [(Unavailable(), "away"), (TimedOut(), "away"), (Fault(), "put_off")])
async def test_while_nobody_tells_where_to_write_it_is_put_off(fault: FlowError, outcome: str) -> None:
    ended = await a_delivery(Stub(), answering(fault)).run(await a_due())
    assert (ended.outcome, ended.is_everybodys) == (outcome, outcome == "away")


async def test_what_could_not_be_sent_for_too_long_is_given_up() -> None:
    channel = Stub(faults=[NotNow("450"), Away("away")])
    for is_everybodys in (False, True):
        ended = await a_delivery(channel).run(await a_due(age_s=PATIENCE_S + 1))
        assert (ended.outcome, ended.reason) == ("undeliverable", "too_late")
        assert ended.is_everybodys is is_everybodys


async def test_however_late_it_is_it_is_tried_once_more() -> None:
    channel = Stub()
    assert await a_delivery(channel).run(await a_due(age_s=PATIENCE_S * 2)) == Ended("sent")
    assert len(channel.sent) == 1


async def test_one_line_tells_of_it_by_ids_alone() -> None:
    due = await a_due()
    with capture_logs() as lines:
        await a_delivery(Stub()).run(due)
        await a_delivery(Stub(faults=[NotNow("SMTPRecipientRefused 450")])).run(due)
    sent, put_off = lines
    assert (sent["event"], sent["kind"], sent["outcome"]) == ("notification", "order_received", "sent")
    assert sent["about"] == {"customer": CUSTOMER, "order": due.order_id, "notification": due.id}
    assert (put_off["outcome"], put_off["log_level"]) == ("put_off", "warning")
    assert ADA.email not in str(lines)
    assert ADA.first_name not in str(lines)
