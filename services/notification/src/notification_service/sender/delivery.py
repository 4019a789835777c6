"""One notification sent: where to is asked, the message is written and handed over, what came of it is kept."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Final, Literal

import structlog
from contracts import customer
from contracts.customer import Contact, NoSuchCustomer, WhichCustomer
from contracts.notification import Reason
from flowkit.call import Call
from flowkit.contract import BadGateway, TimedOut, TooManyRequests, Unavailable
from flowkit.telemetry import names, spans
from flowkit.telemetry.spans import FlowSpan, Tracing
from flowkit.wire.deadline import Deadline
from opentelemetry import context as otel_context
from opentelemetry.trace import StatusCode

from notification_service.ports import Away, Channel, Doubtful, Due, Flows, NotNow, Undeliverable
from notification_service.sender.doubts import Doubts
from notification_service.texts import message_for

_ASKING_S: Final = 5.0
_LATE_S: Final = 300.0
_log = structlog.get_logger("notification")

type Outcome = Literal["sent", "put_off", "away", "undeliverable"]


@dataclass(frozen=True, slots=True)
class Ended:
    """`is_everybodys`: nobody else can be told anything now either; `is_in_doubt`: so it seems."""

    outcome: Outcome
    reason: Reason | None = None
    is_everybodys: bool = False
    is_in_doubt: bool = False
    said: str = ""


type Told = Callable[[Due, Ended], None]
_SENT: Final = Ended("sent")
_NOT_YET: Final = ("put_off", "away")


@dataclass(frozen=True, slots=True)
class Delivery:
    """After it has waited for `patience_s` a notification is not worth sending any more."""

    flows: Flows
    channel: Channel
    tracing: Tracing
    patience_s: float
    doubts: Doubts = field(default_factory=Doubts)
    tell: Told = field(default=lambda _due, _ended: None)

    async def run(self, due: Due) -> Ended:
        """Runs in a context of its own. Never raises but when cancelled."""
        span = self.tracing.resuming(names.SENDING, due.carried, due.attempt, is_late=due.age_s > _LATE_S)
        otel_context.attach(span.context)
        steps, trace_id = self.tracing.steps_of(span.span), spans.trace_id(span.span)
        call = Call(Deadline.after(_ASKING_S), caller="notification", trace_id=trace_id, reasoning=steps)
        call.about("customer", due.customer_id)
        call.about("notification", due.id)
        if due.order_id is not None:
            call.about("order", due.order_id)
        began = time.monotonic()
        ended = self._judged(due, await self._try(due, call))
        self._account(due, call, span, ended, time.monotonic() - began)
        return ended

    async def _try(self, due: Due, call: Call) -> Ended:
        try:
            contact = await self._ask(due, call)
            with call.step("Sending message"):
                await self.channel.send(message_for(due, contact))
        except NoSuchCustomer:
            return Ended("undeliverable", "customer_gone", said="customer is gone")
        except Undeliverable as refused:
            return Ended("undeliverable", "refused", said=str(refused))
        except NotNow as refused:
            return self._put_off(due, refused)
        except (Away, Unavailable, TimedOut, BadGateway, TooManyRequests) as fault:
            return Ended("away", is_everybodys=True, said=str(fault))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others are sent, and this one is tried again
            _log.error("notification could not be sent", notification_id=due.id, kind=due.kind, exc_info=fault)
            return Ended("put_off", said=type(fault).__name__)
        self.doubts.end(due.customer_id)
        return _SENT

    def _put_off(self, due: Due, refused: NotNow) -> Ended:
        if isinstance(refused, Doubtful) and self.doubts.are_everybodys(due.customer_id):
            return Ended("away", is_in_doubt=True, said=str(refused))
        return Ended("put_off", said=str(refused))

    async def _ask(self, due: Due, call: Call) -> Contact:
        with call.as_current(), call.step("Asking where customer is written to"):
            return await self.flows.call(customer.contact, WhichCustomer(id=due.customer_id))

    def _judged(self, due: Due, ended: Ended) -> Ended:
        if ended.outcome in _NOT_YET and due.waited_s > self.patience_s:
            return replace(ended, outcome="undeliverable", reason="too_late")
        return ended

    def _account(self, due: Due, call: Call, span: FlowSpan, ended: Ended, seconds: float) -> None:
        call.reasoning.end(_last_step(ended))
        spans.identify(span.span, None, call.concerns)
        if ended.outcome in _NOT_YET:
            span.span.set_status(StatusCode.ERROR, ended.said)
        span.span.set_attributes({names.NOTIFICATION_KIND: due.kind, names.OUTCOME: ended.outcome})
        call.reasoning.write_onto(span.span)
        span.span.end()
        self.tell(due, ended)
        tell = _log.info if ended.outcome == "sent" else _log.warning
        tell(
            names.NOTIFICATION_HANDLED,
            flow=names.SENDING,
            kind=due.kind,
            outcome=ended.outcome,
            reason=ended.reason,
            attempt=due.attempt,
            about=call.concerns,
            age_ms=round((due.age_s + seconds) * 1000, 1),
            duration_ms=round(seconds * 1000, 2),
            parent_span_id=span.parent_span_id,
            steps=call.reasoning.rows(),
            calls=[asdict(made) for made in call.calls],
        )


def _last_step(ended: Ended) -> str:
    match ended.outcome:
        case "sent":
            return names.SUCCESS
        case "undeliverable":
            return names.REJECTED + ended.said
        case _:
            return names.PUT_OFF + ended.said
