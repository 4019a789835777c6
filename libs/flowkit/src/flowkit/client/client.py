"""A typed call over the bus: the contract's reply, or the contract's own error raised."""

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
import structlog
from msgspec import UNSET, Struct
from opentelemetry.trace import Span

from flowkit.bus import Bus, BusError, Message, NoResponders
from flowkit.call import Call, CallMade, current_call
from flowkit.client import errors
from flowkit.client.badge import Badges
from flowkit.contract import BadGateway, Contract, ErrorCode, FlowError, TimedOut, Unavailable
from flowkit.telemetry import names, spans
from flowkit.telemetry.concealed import conceal
from flowkit.telemetry.spans import Tracing
from flowkit.wire import envelope, headers
from flowkit.wire.deadline import Deadline
from flowkit.wire.envelope import Answer

_encoder = msgspec.json.Encoder()
_log = structlog.get_logger("flowkit.client")


@dataclass(frozen=True, slots=True)
class Client:
    """`name` is what the called service sees as its caller; `patience` is the budget where no call sets one; `badges`
    prove who this is where a contract is internal."""

    bus: Bus
    name: str
    tracing: Tracing
    patience: float = 5.0
    badges: Badges | None = None

    async def call[Request: Struct, Reply: Struct](self, contract: Contract[Request, Reply], request: Request) -> Reply:
        answer = await self.relay(contract, request)
        if answer.error_code is not UNSET:
            raise errors.of_answer(contract, answer)
        try:
            return _reply_decoder(contract.reply).decode(answer.data)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            _log.warning("reply does not fit its contract", flow=contract.subject, fault=str(fault))
            raise BadGateway from fault

    async def relay(self, contract: Contract[Any, Any], request: Struct) -> Answer:
        """The same without decoding the reply or raising its error: for whoever passes the answer on."""
        conceal(request)
        with self.tracing.calling(contract.subject) as span:
            outgoing = _Outgoing.begin(self, contract.subject, span)
            try:
                answer = await self._answer(contract, outgoing, _encoder.encode(request))
            except FlowError as fault:
                outgoing.fail(fault)
                raise
            outgoing.done(None if answer.error_code is UNSET else answer.error_code, answer.status)
            return answer

    async def _answer(self, contract: Contract[Any, Any], outgoing: "_Outgoing", data: bytes) -> Answer:
        if not contract.access.is_internal:
            return _read(await outgoing.request(data))
        answer = await self._shown(outgoing, data)
        if errors.is_about_the_service(answer):
            # Nothing has run, so it may be asked again: with another badge, where the key of this one is gone.
            answer = await self._shown(outgoing, data)
        if errors.is_about_the_service(answer):
            _log.error("this service is not let in", flow=contract.subject, message=answer.message)
            raise Unavailable
        return answer

    async def _shown(self, outgoing: "_Outgoing", data: bytes) -> Answer:
        if self.badges is None:
            return _read(await outgoing.request(data))
        badge = await self.badges.show(outgoing.deadline.left)
        answer = _read(await outgoing.request(data, badge=badge))
        if errors.is_about_the_service(answer):
            self.badges.forget(badge)
        return answer

    async def ask(self, subject: str, text: str, *, default: str | None = None) -> str:
        """Plain text to a responder that is not ours. `default` stands in where nobody listens, never for a timeout."""
        with self.tracing.calling(subject) as span:
            outgoing = _Outgoing.begin(self, subject, span)
            try:
                answer = _read_text(await outgoing.request(text.encode(), to_a_stranger=True))
            except FlowError as fault:
                if default is not None and isinstance(fault.__cause__, NoResponders):
                    return outgoing.fall_back(default)
                outgoing.fail(fault)
                raise
            outgoing.done(None, 200)
            return answer


@dataclass(slots=True)
class _Outgoing:
    """One request on its way out: what it carries, and the account of how it went."""

    client: Client
    subject: str
    span: Span
    call: Call | None
    deadline: Deadline
    began: float

    @classmethod
    def begin(cls, client: Client, subject: str, span: Span) -> "_Outgoing":
        call = current_call()
        deadline = Deadline.after(client.patience) if call is None else call.deadline
        return cls(client, subject, span, call, deadline, time.monotonic())

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


@cache
def _reply_decoder[Reply: Struct](reply: type[Reply]) -> msgspec.json.Decoder[Reply]:
    return msgspec.json.Decoder(reply)


def _read(reply: Message) -> Answer:
    try:
        if not reply.data.isascii():
            reply.data.decode()  # what is passed on undecoded has been read by nobody yet
        return envelope.decode(reply.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadGateway from fault


def _read_text(reply: Message) -> str:
    if (reported := reply.headers.get(headers.SERVICE_ERROR)) is not None:
        _log.warning("the responder reports an error", reported=reported[:200])
        raise BadGateway
    try:
        return reply.data.decode()
    except UnicodeDecodeError as fault:
        raise BadGateway from fault
