"""What it costs to watch over calls, and what that is good for when nobody answers or every second call fails."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from statistics import median, quantiles

import structlog
from flowkit.bus import Message
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.client import Client
from flowkit.client.persistence import Persistence, Tried
from flowkit.contract import FlowError, Nothing, Query, Reply
from flowkit.resilience import Callees, Ending, Options
from flowkit.servers import NatsServer
from flowkit.telemetry.spans import Tracing
from flowkit.wire.deadline import Deadline
from opentelemetry.trace import NoOpTracer

WELL = b'{"success":true,"status":200,"data":{}}'
DOWN = b'{"success":false,"status":503,"errorCode":"SERVICE_UNAVAILABLE","message":"Service unavailable"}'
NEVER = 1_000_000_000
CALLS = 50_000
PER_SECOND = 200
PATIENCE_S = 1.0
QUICK_S = 0.02
UNWATCHED = Options(least_attempts=NEVER, attempts=1)
RETRYING = Options(least_attempts=NEVER)
UNBOUNDED = Options(least_attempts=NEVER, always_allowed=NEVER)


class Empty(Reply):
    pass


ask = Query("bench.ask", Nothing, Empty)


async def tables(rounds: int, seconds: float) -> list[str]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    return [*await _cost(rounds), "", *await _dead(seconds), "", *await _failing(seconds)]


async def _cost(rounds: int) -> list[str]:
    alone: list[float] = []
    watched: list[float] = []
    for _ in range(rounds):
        alone.append(await _each_us(_attempt))
        callee = Callees().of(ask.subject)
        persistence = Persistence(callee, Deadline.after(3600), None, retry_safe=True)
        watched.append(await _each_us(lambda persistence=persistence: persistence.pursue(_attempt)))
    cost = [b - a for a, b in zip(alone, watched, strict=True)]
    return [
        "| breaker and budget, for a call that succeeds | µs, median | range |",
        "|---|---|---|",
        f"| added to each call | {median(cost):.1f} | {min(cost):.1f} to {max(cost):.1f} |",
    ]


async def _attempt(_: int = 1) -> Tried:
    return Tried(Ending())


async def _each_us(call: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        await call()
    return (time.perf_counter() - began) / CALLS * 1e6


@dataclass(slots=True)
class Responder:
    """Someone who answers as told, counted, or keeps silent."""

    answer: Callable[[], bytes | None]
    asked: int = 0
    _sent: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def serve(self, bus: NatsBus) -> None:
        def reply(message: Message) -> None:
            self.asked += 1
            if (answer := self.answer()) is not None:
                sending = asyncio.create_task(bus.publish(message.reply, answer))
                self._sent.add(sending)
                sending.add_done_callback(self._sent.discard)

        await bus.subscribe(ask.subject, reply)
        await bus.flush(within=5)


@asynccontextmanager
async def _town(responder: Responder, options: Options) -> AsyncGenerator[Client]:
    async with NatsServer.temporary() as server:
        there, here = NatsBus(NatsOptions(server.url)), NatsBus(NatsOptions(server.url))
        await responder.serve(there)
        yield Client(here, "bench", Tracing(NoOpTracer()), PATIENCE_S, callees=Callees(options=options))
        await here.close()
        await there.close()


async def _load(client: Client, seconds: float) -> Sequence[float]:
    """So many calls a second, however long each takes; the seconds each took."""
    async with asyncio.TaskGroup() as calls:
        began, tasks = time.perf_counter(), list[asyncio.Task[float]]()
        for number in range(int(seconds * PER_SECOND)):
            await asyncio.sleep(began + number / PER_SECOND - time.perf_counter())
            tasks.append(calls.create_task(_timed(client)))
    return [task.result() for task in tasks]


async def _timed(client: Client) -> float:
    began = time.perf_counter()
    with suppress(FlowError):
        await client.call(ask, Nothing())
    return time.perf_counter() - began


async def _dead(seconds: float) -> list[str]:
    lines = [
        f"| nobody answers, {PER_SECOND} calls a second | told within {QUICK_S * 1000:g} ms | p50 ms | p99 ms | sent |",
        "|---|---|---|---|---|",
    ]
    for name, options in (("with the breaker", Options()), ("without", UNWATCHED)):
        responder = Responder(lambda: None)
        async with _town(responder, options) as client:
            took = await _load(client, seconds)
        quick = sum(each < QUICK_S for each in took) / len(took)
        share = [each * 1000 for each in quantiles(took, n=100)]
        lines.append(f"| {name} | {quick:.1%} | {share[49]:.1f} | {share[98]:.1f} | {responder.asked} of {len(took)} |")
    return lines


async def _failing(seconds: float) -> list[str]:
    lines = [
        "| half of all requests answered 503 | added load | calls that fail in the end |",
        "|---|---|---|",
    ]
    for name, options in (("with the budget", RETRYING), ("without a budget", UNBOUNDED), ("no retries", UNWATCHED)):
        chance = random.Random(7)  # noqa: S311  a coin
        responder = Responder(lambda chance=chance: DOWN if chance.random() < 0.5 else WELL)
        async with _town(responder, options) as client:
            failed = [await _fails(client) for _ in range(int(seconds * PER_SECOND))]
        added = responder.asked / len(failed) - 1
        lines.append(f"| {name} | {added:+.1%} | {sum(failed) / len(failed):.1%} |")
    return lines


async def _fails(client: Client) -> bool:
    try:
        await client.call(ask, Nothing())
    except FlowError:
        return True
    return False
