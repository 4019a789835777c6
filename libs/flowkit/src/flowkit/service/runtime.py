"""Answers for a service: takes its messages, bounds its work, stops without losing any."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from flowkit.bus import Bus, BusError, Message, Subscription
from flowkit.contract import Overloaded, Unavailable
from flowkit.faults import Faults
from flowkit.idempotency import Ledger
from flowkit.service.declare import Service
from flowkit.service.desk import Desk, Verifier
from flowkit.service.endpoint import Endpoint
from flowkit.service.exchange import Exchange
from flowkit.service.gate import Gate
from flowkit.service.micro import Circuits, Micro
from flowkit.service.replies import Replies
from flowkit.telemetry import names, spans
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.wire import envelope, headers

_FLUSH_S = 5.0
_ASK_AGAIN_S = 0.1
_log = structlog.get_logger("flowkit.service")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many flows run at once, how many wait, and the budget of a request that brings none."""

    concurrency: int = 64
    waiting: int = 256
    patience: float = 5.0


def _none_known() -> Mapping[str, str]:
    return {}


@dataclass(slots=True)
class ServiceRuntime:
    service: Service
    bus: Bus
    tracing: Tracing
    metrics: Metrics
    verifier: Verifier
    limits: Limits = field(default_factory=Limits)
    ledger: Ledger | None = None
    circuits: Circuits = _none_known
    faults: Faults | None = None
    gate: Gate = field(init=False)
    _endpoints: list[Endpoint] = field(init=False)
    _desk: Desk = field(init=False)
    _micro: Micro = field(init=False)
    _replies: Replies = field(init=False)
    _subscriptions: list[Subscription] = field(default_factory=list[Subscription])
    _work: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _stopping: bool = False

    def __post_init__(self) -> None:
        self.gate = Gate(self.limits.concurrency, self.limits.waiting)
        self._endpoints = [Endpoint.of(serving, self.metrics) for serving in self.service.flows]
        self._replies = Replies(self.service.callers)
        self._desk = Desk(
            self.bus,
            self.tracing,
            self.verifier,
            self.limits.patience,
            self.ledger,
            self._spawn,
            self.faults,
            self._replies,
        )
        lets_faults_in = self.faults is not None
        self._micro = Micro(
            self.service, self.bus, self._endpoints, self._spawn, self.circuits, lets_faults_in, self._replies
        )

    @property
    def in_flight(self) -> int:
        return len(self._work)

    @property
    def subjects(self) -> list[str]:
        return [endpoint.contract.subject for endpoint in self._endpoints]

    async def start(self) -> None:
        """Returns once the server knows of every subject."""
        for endpoint in self._endpoints:
            taken = await self.bus.subscribe(
                endpoint.contract.subject, partial(self._receive, endpoint), queue=self.service.name
            )
            self._subscriptions.append(taken)
        await self._micro.start()
        await self._known_to_the_server()
        _log.info("serving", subjects=self.subjects)

    async def _known_to_the_server(self) -> None:
        """However long the server stays away: what was subscribed is told to it when it comes."""
        while True:
            try:
                return await self.bus.flush(within=_FLUSH_S)
            except BusError as fault:
                _log.warning("waiting for nats", fault=str(fault) or type(fault).__name__)
                await asyncio.sleep(_ASK_AGAIN_S)

    async def leave(self) -> None:
        """Take no more work from the bus; what has arrived is still handed over and done."""
        await asyncio.gather(*(subscription.unsubscribe() for subscription in self._subscriptions))
        await self._micro.stop()
        self._stopping = True

    async def finish(self) -> None:
        """Wait for what runs and what is queued; when this is cut short, what is left is cancelled and answered."""
        try:
            while self._work:
                await asyncio.wait(self._work)
        except asyncio.CancelledError:
            left = list(self._work)
            _log.warning("stopping before every flow has ended", left=len(left))
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=1.0)
            raise

    def _receive(self, endpoint: Endpoint, message: Message) -> None:
        if not self._replies.may_go(endpoint.contract.subject, message.reply):
            _log.warning("a reply was asked for where no caller listens", flow=endpoint.contract.subject)
            return
        turn = None if self._stopping else self.gate.admit()
        if turn is None:
            self._spawn(self._turn_away(endpoint, message))
            return
        self._spawn(Exchange.begin(self._desk, endpoint, message, turn).run())

    async def _turn_away(self, endpoint: Endpoint, message: Message) -> None:
        """Overloaded or stopping: answered at once, no span, one line."""
        # Another instance takes the work of one that stops; where there is no room, asking on only makes it less.
        refusal, reason = (Unavailable(), "stopping") if self._stopping else (Overloaded(), "overloaded")
        endpoint.count(refusal, 0.0, "")
        trace_id = spans.trace_id_of(message.headers)
        _log.warning("turned away", flow=endpoint.contract.subject, reason=reason, trace_id=trace_id)
        told = {headers.SERVICE_ERROR: refusal.code, headers.SERVICE_ERROR_CODE: str(refusal.status)}
        sealed = envelope.encode(envelope.failure(refusal, [names.REJECTED + refusal.message]))
        try:
            if message.reply:
                await self.bus.publish(message.reply, sealed, headers=told)
        except BusError as fault:
            _log.warning("refusal could not be sent", fault=type(fault).__name__)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Every task is owned and awaited on stop, and starts with an empty context: no other request's trace."""
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._work.add(task)
        task.add_done_callback(self._work.discard)
