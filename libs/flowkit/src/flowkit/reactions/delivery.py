"""One delivery of an event: from what was pulled to what the server is told of it, whatever happens in between."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

import structlog
from opentelemetry import context as otel_context

from flowkit.bus import BusError
from flowkit.call import Call
from flowkit.contract import Consumer, FlowError
from flowkit.reactions import given
from flowkit.reactions.account import Account
from flowkit.reactions.dead_letters import DeadLetters
from flowkit.reactions.given import Unreadable
from flowkit.reactions.options import ReactionOptions
from flowkit.reactions.reactor import Reactor
from flowkit.reactions.ruling import Ruling
from flowkit.streams import Pulled, Streams
from flowkit.telemetry import messaging, names, spans
from flowkit.telemetry.spans import FlowSpan, Tracing
from flowkit.wire import headers
from flowkit.wire.deadline import Deadline

_log = structlog.get_logger("flowkit.reactions")


class Overran(Exception):
    """It was not over by its deadline."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What every delivery of a service needs."""

    streams: Streams
    letters: DeadLetters
    tracing: Tracing
    options: ReactionOptions


@dataclass(slots=True)
class Delivery:
    bench: Bench
    reactor: Reactor
    consumer: Consumer
    pulled: Pulled
    call: Call
    span: FlowSpan
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(cls, bench: Bench, reactor: Reactor, consumer: Consumer, pulled: Pulled) -> Self:
        received = pulled.headers
        is_late = datetime.now(UTC) - given.occurred_at(pulled) > bench.options.much_later
        told = _attributes(reactor, consumer, pulled)
        span = bench.tracing.processing(reactor.event.subject, received, pulled.delivered, told, is_late=is_late)
        call = Call(
            deadline=Deadline.after(bench.options.deadline_s),
            caller=headers.caller(received),
            request_id=headers.request_id(received),
            trace_id=spans.trace_id(span.span),
            reasoning=bench.tracing.steps_of(span.span),
        )
        return cls(bench, reactor, consumer, pulled, call, span)

    @property
    def event_id(self) -> str:
        return given.event_id(self.pulled)

    async def act(self) -> Ruling:
        """In a context of its own, so nothing of another delivery is seen and nothing needs undoing."""
        otel_context.attach(self.span.context)
        try:
            ruling = await self._outcome()
        except asyncio.CancelledError:
            # Stopping: another instance takes it.
            ruling = Ruling("again", names.ERROR + "Cancelled")
        self.call.reasoning.end(ruling.last_step)
        return ruling

    async def settle(self, ruling: Ruling) -> None:
        """Tell the server, and then everyone else."""
        try:
            ruling = await self._tell(ruling)
            if ruling.outcome != "again":
                self.reactor.judge.forget(self.event_id)
        finally:
            Account(self.reactor, self.pulled, self.span, self.call).close(ruling, time.monotonic() - self.began)

    async def _outcome(self) -> Ruling:
        judge, delivered = self.reactor.judge, self.pulled.delivered
        if judge.is_abandoned(delivered):
            return judge.refuse("abandoned", f"given {delivered} times and never brought to an end")
        try:
            body = self.reactor.read(self.pulled)
        except Unreadable as fault:
            return judge.refuse(fault.reason, fault.fault)
        try:
            with self.call.as_current():
                return await self._in_time(self.reactor.act(body, self.event_id, self.call))
        except BaseException as fault:  # a reaction that calls sys.exit() must not take the service along
            if _is_told_to_stop(fault):
                raise
            if not isinstance(fault, FlowError | BusError):
                _log.error("reaction crashed", flow=self.reactor.event.subject, event_id=self.event_id, exc_info=fault)
            return judge.rule(fault, self.event_id, delivered)

    async def _in_time[Result](self, work: Awaitable[Result]) -> Result:
        budget = asyncio.timeout(self.call.deadline.left)
        try:
            async with budget:
                return await work
        except TimeoutError as fault:
            if budget.expired():
                raise Overran from fault
            raise

    async def _tell(self, ruling: Ruling) -> Ruling:
        """What the server is not told of it gives again, and what was done is known by its mark."""
        try:
            match ruling.outcome:
                case "done" | "duplicate":
                    await self._until_known(lambda: self.bench.streams.done(self.pulled))
                case "again":
                    await self.bench.streams.again(self.pulled, ruling.after)
                case "dead":
                    return await self._give_up(ruling)
        except BusError as fault:
            _log.warning("an event could not be acknowledged", event_id=self.event_id, fault=type(fault).__name__)
        return ruling

    async def _until_known(self, say: Callable[[], Awaitable[None]]) -> None:
        """Again, where the connection is lost just now: until it is known, what comes after it in order waits."""
        options, began = self.bench.options, time.monotonic()
        while True:
            try:
                return await say()
            except BusError:
                if time.monotonic() - began > options.acknowledged_within_s:
                    raise
            await asyncio.sleep(options.ask_again_s)

    async def _give_up(self, ruling: Ruling) -> Ruling:
        """Put aside before it is let go of: a crash in between gives it again, and makes no second letter."""
        reason = ruling.reason or "failed"
        try:
            await self.bench.letters.keep(self.consumer, self.pulled, reason, ruling.last_step)
        except BusError as fault:
            _log.error("a dead letter could not be stored", event_id=self.event_id, fault=str(fault))
            pause = self.reactor.judge.pause(self.pulled.delivered)
            with suppress(BusError):
                await self.bench.streams.again(self.pulled, pause)
            return replace(ruling, outcome="again", after=pause)
        await self._until_known(lambda: self.bench.streams.give_up(self.pulled, reason))
        return ruling


def _is_told_to_stop(fault: BaseException) -> bool:
    """Of a cancellation that nobody asked of us, the reaction has awaited something that somebody else cancelled."""
    task = asyncio.current_task()
    return isinstance(fault, asyncio.CancelledError) and task is not None and task.cancelling() > 0


def _attributes(reactor: Reactor, consumer: Consumer, pulled: Pulled) -> dict[str, str]:
    ids = given.event_id(pulled), given.message_id(pulled)
    message = messaging.attributes("process", pulled.subject, reactor.event.name, *ids)
    return message | {names.MESSAGING_CONSUMER: consumer.name}
