"""A consumer that was stopped for an hour: it catches up, is no burden to others, and joins nobody's old trace."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median, quantiles

import psutil
import pytest
import sqlalchemy as sa
from flowkit.reactions import ReactionOptions, Reactions
from flowkit.telemetry import names
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, format_trace_id

from .notes import KeepNote, noted
from .way import Way

pytestmark = pytest.mark.timeout(1200)

COUNT = int(os.environ.get("BACKLOG_EVENTS", "600"))
HOUR = timedelta(hours=1)
LIVE_EVERY_S = 0.05
MOST_GROWN_MIB = 64
"""Those in hand are a dozen; 36,000 held at once, each with its call, would be more than that."""
LONGEST_LAG_MS = 5000
MOST_GROWN_LAG, LAG_OF_A_BUSY_MACHINE_MS = 3, 500

# As if each had been written when its turn was, over an hour that is now over.
_BACKLOG = sa.text(
    """
    INSERT INTO outbox (subject, key, headers, body, written_at)
    SELECT 'event.test.noted.v1.' || n % 8, 'old ' || n,
        jsonb_build_object('flow-event', 'test.noted', 'flow-event-version', '1', 'flow-event-key', 'old ' || n,
            'traceparent', '00-' || lpad(to_hex(n + 1), 32, '0') || '-00f067aa0ba902b7-01'),
        convert_to(jsonb_build_object('note', 'old ' || n)::text, 'utf8'),
        clock_timestamp() - CAST(:longest AS interval) - CAST(:over AS interval) * (1 - n::float8 / :count)
    FROM generate_series(0, :count - 1) AS n
    """
).bindparams(sa.bindparam("longest", type_=sa.Interval), sa.bindparam("over", type_=sa.Interval))


@dataclass(slots=True)
class Memory:
    """Of this process, which relays and consumes: how much more it held than at first, whenever that was seen. Its peak
    as the system keeps it may be of long before."""

    _process: psutil.Process = field(default_factory=psutil.Process)
    grown_mib: float = 0.0
    _at_first: int = field(init=False)

    def __post_init__(self) -> None:
        self._at_first = self._process.memory_info().rss

    def look(self) -> None:
        self.grown_mib = max(self.grown_mib, (self._process.memory_info().rss - self._at_first) / 2**20)


async def told_for_an_hour(way: Way, memory: Memory) -> None:
    """Stored, and nobody has read it."""
    async with way.store.transaction() as tx:
        wanted = {"longest": timedelta(minutes=10), "over": HOUR, "count": COUNT}
        await tx.connection.execute(_BACKLOG, wanted)
    async with asyncio.timeout(300):
        while await way.is_waiting():
            way.spans.clear()
            memory.look()
            await asyncio.sleep(0.05)
    way.spans.clear()


def own(span: ReadableSpan) -> SpanContext:
    assert span.context is not None
    return span.context


def trace_of(context: SpanContext) -> str:
    return format_trace_id(context.trace_id)


@dataclass(slots=True)
class Watch:
    """Looks, and keeps no more than figures: what it keeps would be seen as the consumer's memory."""

    way: Way
    reactions: Reactions
    memory: Memory
    linked: set[str] = field(default_factory=set[str])
    """The traces of those that happened long ago."""
    joined_an_old_trace: int = 0
    children: int = 0
    lags_ms: list[float] = field(default_factory=list[float])
    """In the order they left the outbox."""
    most_in_hand: int = 0

    @property
    def p99_lag_ms(self) -> float:
        return quantiles(self.lags_ms, n=100)[98]

    @property
    def halves_lag_ms(self) -> tuple[float, float]:
        """The median while most of the backlog was there, and while most of it was gone."""
        middle = len(self.lags_ms) // 2
        return median(self.lags_ms[:middle]), median(self.lags_ms[middle:])

    def look(self) -> None:
        self.memory.look()
        spans = self.way.spans.get_finished_spans()
        self.way.spans.clear()
        self.most_in_hand = max(self.most_in_hand, self.reactions.in_hand)
        for span in spans:
            if span.kind is SpanKind.PRODUCER:
                self.lags_ms.append(float(str((span.attributes or {})[names.OUTBOX_WAIT_MS])))
            if span.kind is SpanKind.CONSUMER:
                self._see(span)

    def _see(self, span: ReadableSpan) -> None:
        self.children += span.parent is not None
        self.linked |= {trace_of(link.context) for link in span.links}
        self.joined_an_old_trace += any(link.context.trace_id == own(span).trace_id for link in span.links)

    async def until(self, so: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(900):
            while not await so():
                self.look()
                await asyncio.sleep(0.05)
        self.look()


@asynccontextmanager
async def others_tell(way: Way) -> AsyncGenerator[list[str]]:
    """Meanwhile, by way of the same relay and to the same consumer."""
    told: list[str] = []

    async def tell() -> None:
        while True:
            told.append((await way.tell(f"new {len(told)}")).note)
            await asyncio.sleep(LIVE_EVERY_S)

    telling = asyncio.create_task(tell())
    try:
        yield told
    finally:
        telling.cancel()
        await asyncio.wait((telling,))


async def test_a_consumer_that_was_stopped_for_an_hour_catches_up(way: Way, request: pytest.FixtureRequest) -> None:
    async def caught_up() -> bool:
        async with way.store.reading() as tx:
            done = await tx.connection.scalar(sa.text("SELECT count(*) FROM notes WHERE note LIKE 'old %'"))
        return done == COUNT

    memory = Memory()
    async with way.relayed():
        await told_for_an_hour(way, memory)
        async with way.acted_on(noted, KeepNote()) as reactions:
            watch, began = Watch(way, reactions, memory), time.monotonic()
            async with others_tell(way) as told:
                await watch.until(caught_up)
                took = time.monotonic() - began
            await way.finished()
            watch.look()

    notes = await way.notes()
    old = [note for note in notes if note.startswith("old ")]
    assert sorted(old) == sorted(f"old {n}" for n in range(COUNT))
    assert set(told) <= set(notes)
    assert len(notes) == len(set(notes))
    assert watch.linked == {f"{n + 1:032x}" for n in range(COUNT)}
    assert (watch.joined_an_old_trace, watch.children) == (0, len(notes) - COUNT)
    assert watch.most_in_hand <= 2 * ReactionOptions().concurrency
    tell_figures(watch, took, request)
    assert memory.grown_mib < MOST_GROWN_MIB
    assert_others_were_not_held_up(watch, len(told))


def assert_others_were_not_held_up(watch: Watch, told: int) -> None:
    """However much waits to be read, what is told meanwhile leaves the outbox as soon."""
    beside_much, beside_little = watch.halves_lag_ms
    assert len(watch.lags_ms) >= told
    assert watch.p99_lag_ms < LONGEST_LAG_MS
    assert beside_much <= MOST_GROWN_LAG * beside_little + LAG_OF_A_BUSY_MACHINE_MS


def tell_figures(watch: Watch, took: float, request: pytest.FixtureRequest) -> None:
    beside_much, beside_little = watch.halves_lag_ms
    figure = (
        f"{COUNT} events of an hour ({COUNT / HOUR.total_seconds():.1f} a second) acted on in {took:.1f} s, "
        f"{COUNT / took:.0f} a second; each linked, none a child; {len(watch.lags_ms)} told meanwhile waited in the "
        f"outbox for {watch.p99_lag_ms:.0f} ms (p99), {beside_much:.0f} ms (median) in the first half and "
        f"{beside_little:.0f} ms in the second; at most {watch.memory.grown_mib:.0f} MiB more than before it began "
        f"were held, {watch.most_in_hand} in hand at most"
    )
    request.node.user_properties.append(("figure", figure))
