"""A consumer that was stopped for an hour: it catches up, is no burden to others, and joins nobody's old trace."""

import asyncio
import os
import resource
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import quantiles

import pytest
import sqlalchemy as sa
from flowkit.reactions import ReactionOptions, Reactions
from flowkit.telemetry import names
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, format_trace_id

from .way import KeepNote, Way, noted

pytestmark = pytest.mark.timeout(1200)

COUNT = int(os.environ.get("BACKLOG_EVENTS", "600"))
HOUR = timedelta(hours=1)
LIVE_EVERY_S = 0.05
MOST_GROWN_MIB = 64
"""Those in hand are a dozen; 36,000 held at once, each with its call, would be more than that."""

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


async def told_for_an_hour(way: Way) -> None:
    """Stored, and nobody has read it."""
    async with way.store.transaction() as tx:
        wanted = {"longest": timedelta(minutes=10), "over": HOUR, "count": COUNT}
        await tx.connection.execute(_BACKLOG, wanted)
    async with asyncio.timeout(300):
        while await way.waiting():
            await asyncio.sleep(0.05)
    way.spans.clear()


def own(span: ReadableSpan) -> SpanContext:
    assert span.context is not None
    return span.context


def trace_of(context: SpanContext) -> str:
    return format_trace_id(context.trace_id)


def peak_mib() -> float:
    """Of this process, which relays and consumes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / (1024 if sys.platform == "darwin" else 1)


@dataclass(slots=True)
class Watch:
    """Looks, and keeps no more than figures: what it keeps would be seen as the consumer's memory."""

    way: Way
    reactions: Reactions
    linked: set[str] = field(default_factory=set[str])
    """The traces of those that happened long ago."""
    joined_an_old_trace: int = 0
    children: int = 0
    lags_ms: list[float] = field(default_factory=list[float])
    most_in_hand: int = 0
    _peak_before: float = field(default_factory=peak_mib)

    @property
    def grown_mib(self) -> float:
        return peak_mib() - self._peak_before

    def look(self) -> None:
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

    async with way.relayed():
        await told_for_an_hour(way)
        async with way.acted_on(noted, KeepNote()) as reactions:
            watch, began = Watch(way, reactions), time.monotonic()
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
    assert watch.grown_mib < MOST_GROWN_MIB
    tell_figures(watch, took, request)


def tell_figures(watch: Watch, took: float, request: pytest.FixtureRequest) -> None:
    p99 = quantiles(watch.lags_ms, n=100)[98]
    figure = (
        f"{COUNT} events of an hour ({COUNT / HOUR.total_seconds():.1f} a second) acted on in {took:.1f} s, "
        f"{COUNT / took:.0f} a second; each linked, none a child; {len(watch.lags_ms)} told meanwhile waited in the "
        f"outbox for {p99:.0f} ms (p99); memory's peak grew by {watch.grown_mib:.0f} MiB, "
        f"{watch.most_in_hand} in hand at most"
    )
    request.node.user_properties.append(("figure", figure))
