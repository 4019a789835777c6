"""One request and its one answer: what is known of it on the way, and what is told of it at the end."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import structlog
from flowkit.call import Call, CallMade
from flowkit.contract import Unavailable
from flowkit.telemetry import names
from flowkit.wire.envelope import Answer as FlowAnswer
from litestar.types import HTTPReceiveMessage, Message, Receive, Scope, Send
from msgspec import UNSET
from opentelemetry.trace import Span

from gateway_service.http import answer, rate_headers
from gateway_service.http.answer import Answer, Header, Told
from gateway_service.http.arrival import Arrival
from gateway_service.http.client_address import neighbourhood
from gateway_service.http.path import tellable
from gateway_service.http.rate_headers import Taken
from gateway_service.http.standing import Standing
from gateway_service.http.traffic import Traffic
from gateway_service.http.visit import Visit

_log = structlog.get_logger("gateway")
_KEY = "gateway.exchange"
_HUNG_UP = 499
# Where the client sits is told, roughly, of those requests alone that a search for an intruder begins with.
_SUSPICIOUS: Final = frozenset((401, 429))


@dataclass(slots=True)
class Exchange:
    arrival: Arrival
    call: Call
    span: Span
    receive_on: Receive
    send_on: Send
    traffic: Traffic
    standing: Standing
    visit: Visit | None = None
    allowances: tuple[Header, ...] = ()
    route: str = ""
    status: int = _HUNG_UP
    error_code: str | None = None
    heard: int = 0
    is_heard: bool = False
    thoughts: Sequence[str] = ()
    taken: list[Taken] = field(default_factory=list[Taken])

    @classmethod
    def of(cls, scope: Scope) -> "Exchange":
        return cast("dict[str, Any]", scope)[_KEY]

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.call.reasoning.began

    @property
    def answered(self) -> bool:
        return self.status != _HUNG_UP

    @property
    def outcome(self) -> str | None:
        """What went wrong; one who hung up before the answer is not known to have had it."""
        return self.error_code if self.answered else names.HUNG_UP

    def enter(self, scope: Scope) -> None:
        cast("dict[str, Any]", scope)[_KEY] = self

    def leads_to(self, route: str) -> None:
        """To a service: from now on, whatever becomes of this process, it can be said what was asked for."""
        self.route = route
        self.call.reasoning.note({names.HTTP_ROUTE: route}, f"{self.arrival.known_method} {route}")

    async def receive(self) -> HTTPReceiveMessage:
        """Notices when all of the body is here."""
        if self.visit is None or self.is_heard:
            return await self._hear()
        # Who sends slowly takes nobody's place.
        self.visit.step_aside()
        try:
            return await self._hear()
        finally:
            self.visit.step_back()

    async def _hear(self) -> HTTPReceiveMessage:
        message = cast("HTTPReceiveMessage", await self.receive_on())
        if message["type"] == "http.request":
            self.heard += len(message["body"])
            self.is_heard = not message["more_body"] or self.heard == self.arrival.declared_length
            self.traffic.hold(len(message["body"]))
        return message

    async def send(self, message: Message) -> None:
        """Adds to an answer what every answer bears."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.visit is not None:
                self.visit.end()
            message["headers"] = [*message["headers"], *self._own_headers(dict(message["headers"]))]
        await self.send_on(message)

    def relay(self, status: int, told: FlowAnswer) -> Answer:
        """What a service answered."""
        self.thoughts = told.trace
        if self.visit is not None:
            self.visit.is_typical = told.error_code != Unavailable.code
        if told.error_code is UNSET:
            return answer.success(status, told.data)
        self.error_code = told.error_code
        return answer.failure(told)

    def refuse(self, told: Told) -> Answer:
        """What is answered here, and why."""
        self.error_code = told.code
        self.call.reasoning.end(names.REJECTED + told.message)
        return answer.error(told)

    def _own_headers(self, given: dict[bytes, bytes]) -> list[Header]:
        own = [(b"x-trace-id", self.call.trace_id.encode()), (b"x-request-id", self.call.request_id.encode())]
        # The HTTP layer hangs up on who still sends a body that nobody reads: better to say so.
        unread = self.arrival.has_body and not self.is_heard
        if (unread or self.traffic.draining) and b"connection" not in given:
            own.append(answer.CLOSE)
        return [*own, *self.standing.beside(given), *self.allowances, *rate_headers.told(self.taken)]

    def tell(self) -> None:
        """The one log line of a request."""
        _log.info(
            names.REQUEST_HANDLED,
            method=self.arrival.known_method,
            route=self.route or None,
            path=None if self.route else tellable(self.arrival.path),
            status=self.status,
            error_code=self.outcome,
            user_id=self.call.user_id,
            client_network=neighbourhood(self.call.client_address) if self.status in _SUSPICIOUS else None,
            duration_ms=round(self.seconds * 1000, 2),
            request_id=self.call.request_id,
            steps=self.call.reasoning.rows(),
            calls=[_row(made) for made in self.call.calls],
            trace=self.thoughts,
        )


def _row(made: CallMade) -> dict[str, str | float | None]:
    return {
        "flow": made.flow,
        "span_id": made.span_id,
        "at_ms": made.at_ms,
        "ms": made.ms,
        "error_code": made.error_code,
    }
