"""What is answered to whom there is no room for: the least work that still makes a whole answer."""

import time
from dataclasses import dataclass, field

import structlog
from flowkit.contract import Unavailable
from flowkit.telemetry.metrics import Metrics
from litestar.types import HTTPScope, Send

from gateway_service.http import answer, trace_id
from gateway_service.http.admission import Guarded
from gateway_service.http.answer import Answer, Header
from gateway_service.http.arrival import Arrival
from gateway_service.http.cors import Cors
from gateway_service.http.standing import Standing

_TELL_EVERY_S = 1.0
_log = structlog.get_logger("gateway")


@dataclass(slots=True)
class Shedding:
    """No span and no line for each: to tell of what is refused must not cost what refusing it saved."""

    metrics: Metrics
    cors: Cors
    standing: Standing
    _full: Answer = field(init=False)
    _untold: int = 0
    _told_at: float = 0.0

    def __post_init__(self) -> None:
        told = answer.error(Unavailable())
        length = (b"content-length", str(len(told.body)).encode())
        self._full = Answer(told.status, told.body, (*told.headers, length, *self.standing.of_data))

    async def turn_away(self, guarded: Guarded, scope: HTTPScope, send: Send, *, leaving: bool) -> None:
        began = time.monotonic()
        arrival = Arrival.read(scope["method"], scope["path"], scope["query_string"], scope["headers"])
        headers = [*self._full.headers, *self._own_headers(arrival, leaving=leaving)]
        await send({"type": "http.response.start", "status": self._full.status, "headers": headers})
        await send({"type": "http.response.body", "body": self._full.body, "more_body": False})
        guarded.lane.turn_away()
        counted = self.metrics.route(guarded.path, arrival.known_method)
        counted.turned_away.inc()
        counted.done(self._full.status, Unavailable.code, time.monotonic() - began)
        self._tell(guarded)

    def _own_headers(self, arrival: Arrival, *, leaving: bool) -> list[Header]:
        own = [(b"x-trace-id", trace_id.untraced(arrival)), (b"x-request-id", arrival.request_id().encode())]
        if leaving or arrival.has_body:
            own.append(answer.CLOSE)
        return [*own, *self.cors.allowances(arrival)]

    def _tell(self, guarded: Guarded) -> None:
        self._untold += 1
        if time.monotonic() - self._told_at < _TELL_EVERY_S:
            return
        _log.warning("turned away", route=guarded.path, count=self._untold, limit=int(guarded.lane.limit))
        self._untold, self._told_at = 0, time.monotonic()
