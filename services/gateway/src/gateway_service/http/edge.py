"""The outermost layer: every request gets its trace, its budget, an answer whatever happens, and one log line."""

from dataclasses import dataclass

import structlog
from flowkit.call import Call
from flowkit.contract import Fault
from flowkit.telemetry import names, spans
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing
from flowkit.wire.deadline import Deadline
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from opentelemetry import context as otel_context
from opentelemetry.trace import set_span_in_context

from gateway_service.http import span, trace_id
from gateway_service.http.admission import Admission
from gateway_service.http.arrival import Arrival
from gateway_service.http.body import wrong
from gateway_service.http.client_address import ClientAddresses
from gateway_service.http.cors import Cors
from gateway_service.http.exchange import Exchange
from gateway_service.http.limits import LARGEST_HEAD
from gateway_service.http.path import tellable
from gateway_service.http.refusals import HeadersTooLarge
from gateway_service.http.shedding import Shedding
from gateway_service.http.traffic import Traffic
from gateway_service.http.visit import Visit

_log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class Edge:
    app: ASGIApp
    tracing: Tracing
    metrics: Metrics
    cors: Cors
    addresses: ClientAddresses
    traffic: Traffic
    admission: Admission
    shedding: Shedding
    budget: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        guarded = self.admission.guarded(scope["method"], scope["path"])
        if guarded is not None and guarded.lane.is_full:
            await self.shedding.turn_away(guarded, scope, send, leaving=self.traffic.draining)
            return
        exchange = self._begin(scope, receive, send)
        if guarded is not None:
            exchange.visit = Visit(guarded.lane)
        token = otel_context.attach(set_span_in_context(exchange.span))
        self.traffic.come()
        try:
            await self._answer(exchange, scope)
        finally:
            if exchange.visit is not None:
                exchange.visit.end()
            self.traffic.go(exchange.heard)
            self._end(exchange)
            otel_context.detach(token)

    def _begin(self, scope: HTTPScope, receive: Receive, send: Send) -> Exchange:
        arrival = Arrival.read(scope["method"], scope["path"], scope["query_string"], scope["headers"])
        started = span.begin(self.tracing.tracer, arrival.known_method, arrival.path, trace_id.wanted(arrival))
        call = Call(
            deadline=Deadline.after(self.budget),
            caller="http",
            client_address=self.addresses.of(scope),
            trace_id=spans.trace_id(started),
            request_id=arrival.request_id(),
            reasoning=self.tracing.steps_of(started),
        )
        exchange = Exchange(arrival, call, started, receive, send, self.traffic, self.shedding.standing)
        exchange.allowances = self.cors.allowances(arrival)
        exchange.enter(scope)
        return exchange

    async def _answer(self, exchange: Exchange, scope: HTTPScope) -> None:
        try:
            await self._app_for(exchange, scope)(scope, exchange.receive, exchange.send)
        except Exception:  # noqa: BLE001 - whatever went wrong, the client gets an answer
            _log.exception("request crashed", path=tellable(exchange.arrival.path))
            if not exchange.answered:
                await exchange.refuse(Fault())(scope, exchange.receive, exchange.send)

    def _app_for(self, exchange: Exchange, scope: HTTPScope) -> ASGIApp:
        arrival = exchange.arrival
        if arrival.size > LARGEST_HEAD:
            return exchange.refuse(HeadersTooLarge())
        if scope["http_version"] == "1.1" and not arrival.one(b"host"):
            # RFC 9112, 3.2: two who read different hosts out of one request can be played off against each other.
            return exchange.refuse(wrong("Host", "Required, once"))
        return self.cors.preflight(arrival) or self.app

    def _end(self, exchange: Exchange) -> None:
        method = exchange.arrival.known_method
        exchange.call.reasoning.write_onto(exchange.span)
        exchange.tell()
        spans.identify(exchange.span, exchange.call.user_id, {})
        span.end(exchange.span, method, exchange.route, exchange.status, exchange.outcome)
        counted = self.metrics.route(exchange.route or names.NO_ROUTE, method)
        counted.done(exchange.status, exchange.outcome, exchange.seconds, exchange.call.trace_id)
