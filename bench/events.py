"""The event path, beside FastStream on the same servers: how much is read, and how soon what is told is acted on."""

import logging
from collections.abc import Sequence
from statistics import median
from typing import Final

import structlog
from faststream.nats import NatsBroker

from bench.event_sides import FASTSTREAM, READERS, Read, Side, reading
from bench.event_stage import Stage, a_stage
from bench.event_whole import WRITERS, Whole, afresh, fill

BACKLOG: Final = 2_000
PER_SECOND: Final = 100


async def backlog(stage: Stage, side: Side) -> Read:
    """All is there before the reader is."""
    await afresh(stage)
    await fill(stage, BACKLOG)
    async with reading(stage, side) as reader:
        await reader.until(BACKLOG)
    return reader.read


async def tables(rounds: int, seconds: float) -> list[str]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    async with a_stage() as stage, NatsBroker(stage.broker, logger=None) as broker, stage.relay():
        ways = Whole.ours(stage), Whole.peers(stage, broker)
        return [*await _read(stage, rounds), "", *await _whole(stage, ways, rounds, seconds)]


async def _read(stage: Stage, rounds: int) -> list[str]:
    seen: dict[str, list[Read]] = {side.name: [] for side in READERS}
    for number in range(rounds):
        for side in READERS[:: 1 if number % 2 else -1]:
            seen[side.name].append(await backlog(stage, side))
    peer = seen[FASTSTREAM.name]
    lines = [
        f"| {BACKLOG:,} events wait, one reader | a second, median | range | of FastStream | CPU µs an event |",
        "|---|---|---|---|---|",
    ]
    for name, reads in seen.items():
        rates = [read.per_second for read in reads]
        spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
        ratio = median(rates) / median(read.per_second for read in peer)
        cpu = median(read.cpu_us for read in reads)
        lines.append(f"| {name} | {median(rates):,.0f} | {spread} | {ratio:.2f} | {cpu:,.0f} |")
    return lines


async def _whole(stage: Stage, ways: Sequence[Whole], rounds: int, seconds: float) -> list[str]:
    fastest: dict[str, list[Read]] = {way.side.name: [] for way in ways}
    for number in range(rounds):
        for way in ways[:: 1 if number % 2 else -1]:
            fastest[way.side.name].append(await way.as_fast_as_it_goes(stage, seconds))
    most = {name: median(read.whole_per_second for read in reads) for name, reads in fastest.items()}
    lines = ["| from a transaction to another's commit | offered a second | p50 ms | p99 ms |", "|---|---|---|---|"]
    for way in ways:
        name = way.side.name
        for rate in (PER_SECOND, 0.8 * most[name]):
            reads = [await way.at(stage, rate, seconds) for _ in range(rounds)]
            p50, p99 = (median(read.ms(percentile) for read in reads) for percentile in (50, 99))
            lines.append(f"| {name} | {rate:,.0f} | {p50:.1f} | {p99:.1f} |")
    rates = "; ".join(
        f"{name} {most[name]:,.0f} ({min(each.whole_per_second for each in reads):,.0f} to "
        f"{max(each.whole_per_second for each in reads):,.0f})"
        for name, reads in fastest.items()
    )
    return [*lines, "", f"The most, {WRITERS} writers, until the last is done: {rates} a second."]
