"""Load as keep-alive clients make it: paced, over several connections, every outcome kept."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.heap import an_empty_heap

from .balancer import Balancer
from .wire import BrokenOff, ClosedUnanswered, Connection, Request, Response

HUNG_AFTER_S = 20.0

type Mix = Callable[[random.Random], Request]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`why` is the body of an error, or what came instead of an answer; `status` is 0 then."""

    request: Request
    status: int
    error_code: str | None
    began: float
    took: float
    sent_at: float
    why: str = ""
    trace_id: str = ""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class Tally:
    outcomes: list[Outcome] = field(default_factory=list[Outcome])
    opened: int = 0
    retried_on_idle_close: int = 0

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.succeeded]

    @property
    def marked(self) -> list[Outcome]:
        """Those whose effect can be looked up."""
        return [outcome for outcome in self.outcomes if outcome.request.mark]

    @property
    def slowest(self) -> float:
        return max((outcome.took for outcome in self.outcomes), default=0.0)

    def between(self, began: float, ended: float) -> "Tally":
        """Those begun in that span of the monotonic clock."""
        return Tally([outcome for outcome in self.outcomes if began <= outcome.began < ended])

    def __str__(self) -> str:
        kinds = Counter(f"{o.status} {o.error_code or ''}".strip() if o.status else o.why for o in self.outcomes)
        told = ", ".join(f"{count} x {kind}" for kind, count in kinds.most_common())
        return f"{len(self.outcomes)} requests ({told}), slowest {self.slowest * 1000:.0f} ms"


@dataclass(slots=True)
class Client:
    """One keep-alive connection at a time, as a browser or a pool's slot has it."""

    balancer: Balancer
    tally: Tally
    connection: Connection | None = None
    hung_after: float = HUNG_AFTER_S

    async def request(self, request: Request) -> Outcome:
        began, sent_at = time.monotonic(), time.time()
        status, code, why, trace_id = 0, None, "", ""
        try:
            async with asyncio.timeout(self.hung_after):
                response = await self._answer(request)
                status, code = response.status, response.error_code
                trace_id = response.headers.get("x-trace-id", "")
                why = "" if code is None else response.body.decode()
        except (TimeoutError, ClosedUnanswered, BrokenOff) as fault:
            why = f"{type(fault).__name__} {fault}".strip()
            self.hang_up()
        outcome = Outcome(request, status, code, began, time.monotonic() - began, sent_at, why, trace_id)
        self.tally.outcomes.append(outcome)
        return outcome

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.hang_up()
            self.connection = None

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._exchange(request)
        except ClosedUnanswered:
            # A server may close an idle connection in the very moment of its use; RFC 9110 9.2.2 allows one retry.
            if self.connection is None or not (self.connection.reused and request.idempotent):
                raise
            self.tally.retried_on_idle_close += 1
            self.hang_up()
            return await self._exchange(request)

    async def _exchange(self, request: Request) -> Response:
        if self.connection is not None and self.connection.ended:
            self.hang_up()
        if self.connection is None:
            self.connection = await self.balancer.connect()
            self.tally.opened += 1
        response = await self.connection.exchange(request)
        if not response.keeps_alive:
            self.connection.close()
            self.connection = None
        return response


@dataclass(frozen=True, slots=True)
class Load:
    """`clients` send requests of the mix, `rate` a second together, until told to stop."""

    balancer: Balancer
    mix: Mix
    clients: int
    rate: float
    seed: int = 2

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Tally]:
        tally, stop = Tally(), asyncio.Event()
        with an_empty_heap():
            async with asyncio.TaskGroup() as group:
                for number in range(self.clients):
                    group.create_task(self._client(tally, stop, self._chance(number)))
                try:
                    yield tally
                finally:
                    stop.set()

    def _chance(self, number: int) -> random.Random:
        return random.Random(self.seed * 1000 + number)  # noqa: S311  chance, not secrecy

    async def _client(self, tally: Tally, stop: asyncio.Event, chance: random.Random) -> None:
        client, pause = Client(self.balancer, tally), self.clients / self.rate
        due = time.monotonic() + chance.uniform(0, pause)
        while not stop.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            # A late client does not make up for what it missed: that would be a burst nobody asked for.
            due = max(due, time.monotonic() - pause) + pause
            await client.request(self.mix(chance))
        client.hang_up()
