"""One request on its way out: what it carries, and the account of how it went."""

import time
from dataclasses import dataclass
from typing import Protocol

import structlog
from opentelemetry.trace import Span

from flowkit.bus import Bus, BusError, Message
from flowkit.call import Call, CallMade, current_call
from flowkit.client import errors
from flowkit.contract import ErrorCode, FlowError, TimedOut
from flowkit.telemetry import names, spans
from flowkit.telemetry.spans import Tracing
from flowkit.wire import headers
from flowkit.wire.deadline import Deadline

_log = structlog.get_logger("flowkit.client")


class Caller(Protocol):
    @property
    def bus(self) -> Bus: ...

    @property
    def name(self) -> str: ...

    @property
    def tracing(self) -> Tracing: ...


@dataclass(slots=True)
class Outgoing:
    client: Caller
    subject: str
    span: Span
    call: Call | None
    deadline: Deadline
    began: float

    @classmethod
    def begin(cls, client: Caller, subject: str, span: Span, deadline: Deadline) -> "Outgoing":
        return cls(client, subject, span, current_call(), deadline, time.monotonic())

    async def request(self, data: bytes, *, badge: str = "", to_a_stranger: bool = False) -> Message:
        left = self.deadline.left
        if left <= 0:
            raise TimedOut
        turn = None if self.call is None else self.call.turn
        if turn is not None:
            turn.step_aside()
        try:
            carried = self._headers(to_a_stranger=to_a_stranger)
            if badge:
                carried[headers.SERVICE] = badge
            reply = await self.client.bus.request(self.subject, data, within=left, headers=carried)
        except BusError as fault:
            raise errors.of_bus(fault) from fault
        finally:
            if turn is not None:
                await turn.step_back()
        return reply

    def _headers(self, *, to_a_stranger: bool) -> headers.Headers:
        carried = {headers.CALLER: self.client.name}
        self.deadline.write(carried)
        self.client.tracing.inject(carried)
        if self.call is not None:
            # Whoever holds an identity can act in its name: it goes to our own services alone.
            if self.call.identity_token and not to_a_stranger:
                carried[headers.IDENTITY] = self.call.identity_token
            if self.call.client_address:
                carried[headers.CLIENT_ADDRESS] = self.call.client_address
            if self.call.idempotency_key and not to_a_stranger:
                carried[headers.IDEMPOTENCY_KEY] = self.call.idempotency_key
            if self.call.request_id:
                carried[headers.REQUEST_ID] = self.call.request_id
        return carried

    def done(self, error_code: ErrorCode | None, status: int) -> None:
        spans.judge(self.span, error_code, status)
        if self.call is None:
            return
        now = time.monotonic()
        at_ms = round((self.began - self.call.reasoning.began) * 1000, 2)
        span_id = spans.span_id(self.span)
        self.call.calls.append(CallMade(self.subject, span_id, at_ms, round((now - self.began) * 1000, 2), error_code))

    def fail(self, fault: FlowError) -> None:
        self.done(fault.code, fault.status)
        took = round((time.monotonic() - self.began) * 1000, 2)
        _log.warning(names.CALL_FAILED, flow=self.subject, error_code=fault.code, duration_ms=took)

    def fall_back(self, default: str) -> str:
        self.span.set_attribute(names.FALLBACK, True)
        self.done(None, 200)
        _log.warning("nobody answers, the default is used", flow=self.subject)
        return default
