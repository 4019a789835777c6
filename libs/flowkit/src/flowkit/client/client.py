"""A typed call over the bus: the contract's reply, or the contract's own error raised."""

from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import msgspec
import structlog
from msgspec import UNSET, Struct

from flowkit.bus import Bus, Message, NoResponders
from flowkit.call import current_call
from flowkit.client import errors
from flowkit.client.badge import Badges
from flowkit.client.outgoing import Outgoing
from flowkit.client.persistence import Persistence, Tried
from flowkit.contract import BadGateway, Contract, FlowError, Unavailable
from flowkit.resilience import Callees
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
    callees: Callees = field(default_factory=Callees, repr=False)

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
        data, deadline, call = _encoder.encode(request), self._deadline(), current_call()
        if contract.is_probe:
            return (await self._try(contract, data, deadline)).settled()
        persistence = Persistence(self.callees.of(contract.subject), deadline, call, contract.retry_safe)
        return (await persistence.pursue(partial(self._try, contract, data, deadline))).settled()

    async def _try(self, contract: Contract[Any, Any], data: bytes, deadline: Deadline, attempt: int = 1) -> Tried:
        """Each attempt is a request of its own, in the trace too."""
        with self.tracing.calling(contract.subject, attempt) as span:
            outgoing = Outgoing.begin(self, contract.subject, span, deadline)
            try:
                answer = await self._answer(contract, outgoing, data)
            except FlowError as fault:
                outgoing.fail(fault)
                return Tried.failed(fault, heard=self.bus.has_heard_since(outgoing.began))
            outgoing.done(None if answer.error_code is UNSET else answer.error_code, answer.status)
            return Tried.answered(answer)

    def _deadline(self) -> Deadline:
        call = current_call()
        return Deadline.after(self.patience) if call is None else call.deadline

    async def _answer(self, contract: Contract[Any, Any], outgoing: "Outgoing", data: bytes) -> Answer:
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

    async def _shown(self, outgoing: "Outgoing", data: bytes) -> Answer:
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
            outgoing = Outgoing.begin(self, subject, span, self._deadline())
            try:
                answer = _read_text(await outgoing.request(text.encode(), to_a_stranger=True))
            except FlowError as fault:
                if default is not None and isinstance(fault.__cause__, NoResponders):
                    return outgoing.fall_back(default)
                outgoing.fail(fault)
                raise
            outgoing.done(None, 200)
            return answer


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
