"""One request: from its message to its one answer, whatever happens in between."""

import asyncio
import time
from dataclasses import dataclass, field, replace

import msgspec
import structlog
from msgspec import Raw
from opentelemetry import context as otel_context

from flowkit.bus import BusError, Message, PayloadTooLarge
from flowkit.call import Call
from flowkit.contract import Command, Fault, FlowError, TimedOut, Unavailable
from flowkit.faults import PlannedFault
from flowkit.service.account import account
from flowkit.service.admission import ForeignInbox, admit
from flowkit.service.desk import Desk
from flowkit.service.endpoint import Endpoint
from flowkit.service.gate import Turn
from flowkit.service.injection import inject
from flowkit.service.once import Once
from flowkit.telemetry import names, spans
from flowkit.telemetry.spans import FlowSpan
from flowkit.wire import envelope, headers
from flowkit.wire.deadline import Deadline
from flowkit.wire.envelope import Failure, Success

_encoder = msgspec.json.Encoder()
_log = structlog.get_logger("flowkit.service")


@dataclass(slots=True)
class Exchange:
    desk: Desk
    endpoint: Endpoint
    message: Message
    turn: Turn
    call: Call
    span: FlowSpan
    began: float = field(default_factory=time.monotonic)
    begun: bool = False
    answered: bool = False
    fault: PlannedFault | None = None

    @classmethod
    def begin(cls, desk: Desk, endpoint: Endpoint, message: Message, turn: Turn) -> "Exchange":
        received = message.headers
        span = desk.tracing.handling(endpoint.contract.subject, received)
        call = Call(
            deadline=Deadline.read(received, desk.patience),
            identity_token=received.get(headers.IDENTITY, ""),
            caller=headers.caller(received),
            client_address=headers.client_address(received),
            request_id=headers.request_id(received),
            trace_id=spans.trace_id(span.span),
            reasoning=desk.tracing.steps_of(span.span),
            turn=turn,
        )
        return cls(desk, endpoint, message, turn, call, span)

    async def run(self) -> None:
        """Runs in a context of its own, so nothing of another request is seen and nothing needs undoing."""
        otel_context.attach(self.span.context)
        task = asyncio.current_task()
        timer = asyncio.get_running_loop().call_later(max(0.0, self.call.deadline.left), self._run_out, task)
        try:
            await self.turn.come()
            self.begun = True
            await self._settle(await self._reply())
        except ForeignInbox as error:
            # Nor is the refusal sent there.
            self.message = replace(self.message, reply="")
            await self._settle_error(error.refusal)
        except FlowError as error:
            await self._settle_error(error)
        except asyncio.CancelledError:
            await self._settle_cancelled()
        except BaseException as fault:  # noqa: BLE001 - a flow that calls sys.exit() must not take the service along
            await self._settle_fault(type(fault).__name__)
            _log.error("flow crashed", flow=self.endpoint.contract.subject, exc_info=fault)
        finally:
            timer.cancel()
            self.turn.leave()

    async def _reply(self) -> msgspec.Struct:
        if self.call.deadline.passed:
            raise TimedOut
        with self.call.as_current():
            await self._meet_fault()
            return await self._run(await admit(self.desk, self.endpoint, self.message, self.call))

    async def _run(self, request: msgspec.Struct) -> msgspec.Struct:
        flow, given = self.endpoint.flow, self.message.headers.get(headers.IDEMPOTENCY_KEY)
        if not given or self.desk.ledger is None or not isinstance(self.endpoint.contract, Command):
            return await flow.run(request, self.call)
        once = Once(self.desk.ledger, self.endpoint.contract, given, self.message.data)
        return await once.run(flow, request, self.call)

    async def _meet_fault(self) -> None:
        contract, faults = self.endpoint.contract, self.desk.faults
        if faults is None or contract.is_probe:
            return
        self.fault = faults.of(contract.subject)
        if self.fault is not None:
            self.endpoint.count_fault(self.fault)
            await inject(self.fault, self.call, self.span.span)

    def _run_out(self, task: asyncio.Task[None] | None) -> None:
        """The deadline passed: answer now, however long the flow takes to notice that it was cancelled."""
        if self.answered:
            return
        self.endpoint.metrics.overran()
        self.answered = True
        self.desk.spawn(self._tell_late())
        if task is not None:
            task.cancel()

    async def _tell_late(self) -> None:
        otel_context.attach(self.span.context)
        late = TimedOut()
        await self._refuse(late, names.REJECTED + late.message)

    async def _settle(self, reply: msgspec.Struct) -> None:
        if self.answered:
            return
        contract = self.endpoint.contract
        if not isinstance(reply, contract.reply):
            raise TypeError(f"{contract.subject} answers {contract.reply.__name__}, got {type(reply).__name__}")
        data = Raw(_encoder.encode(reply))
        self.call.reasoning.end(names.SUCCESS)
        self.answered = True
        await self._send(Success(status=contract.status, data=data, trace=self.call.steps), None)

    async def _settle_error(self, error: FlowError) -> None:
        if not self.endpoint.knows(error):
            await self._settle_fault(type(error).__name__)
            _log.error("flow raised an error its contract does not name", error=type(error).__name__, exc_info=error)
        elif not self.answered:
            self.answered = True
            await self._refuse(error, names.REJECTED + error.message)

    async def _settle_cancelled(self) -> None:
        """A flow whose turn had not come did not run, so its caller may ask again."""
        if self.begun:
            await self._settle_fault("Cancelled")
        else:
            await self._settle_error(Unavailable())

    async def _settle_fault(self, kind: str) -> None:
        if not self.answered:
            self.answered = True
            await self._refuse(Fault(), names.ERROR + kind)

    async def _refuse(self, error: FlowError, last_step: str) -> None:
        self.call.reasoning.end(last_step)
        await self._send(envelope.failure(error, self.call.steps), error)

    async def _send(self, answer: Success | Failure, error: FlowError | None) -> None:
        """Hand the answer over, then tell how it went: the caller does not wait for our book-keeping."""
        try:
            if not await self._is_sendable(answer, error):
                error = Fault()
                await self._is_sendable(envelope.failure(error, self.call.steps[-8:]), error)
        finally:
            account(self.endpoint, self.span, self.call, error, time.monotonic() - self.began)

    async def _is_sendable(self, answer: Success | Failure, error: FlowError | None) -> bool:
        """Sent, or lost with the connection; False where no connection could ever carry this answer."""
        try:
            await self._publish(envelope.encode(answer), error)
        except Exception as fault:  # noqa: BLE001 - too large, or what no JSON can say: the caller is told that it failed
            if isinstance(fault, BusError) and not isinstance(fault, PayloadTooLarge):
                _log.warning("reply could not be sent", fault=type(fault).__name__)
                return True
            self.call.reasoning.end(names.ERROR + type(fault).__name__)
            _log.error("reply cannot be carried", fault=type(fault).__name__, most=self.desk.bus.max_payload)
            return False
        return True

    async def _publish(self, data: bytes, error: FlowError | None) -> None:
        if not self.message.reply or (self.fault is not None and self.fault.drop):
            return
        told = None
        if error is not None:
            told = {headers.SERVICE_ERROR: error.code, headers.SERVICE_ERROR_CODE: str(error.status)}
        await self.desk.bus.publish(self.message.reply, data, headers=told)
