"""What announcing an event adds to a transaction, and how soon and how fast events leave, over servers that sync."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from statistics import median, quantiles
from typing import Final

import sqlalchemy as sa
import structlog
from flowkit.outbox.publishing import CHANNEL

from bench.event_stage import Noted, Stage, Transaction, a_stage, noted

PER_SECOND = 100
BACKLOG = 5_000
WARM_UP_S, LAG_S = 1.0, 60.0
_NOTIFY: Final = sa.text(f"SELECT pg_notify('{CHANNEL}', '')")


type Work = Callable[[Transaction, int], Awaitable[object]]


async def keep(tx: Transaction, _: int) -> None:
    await tx.keep()


async def announce(tx: Transaction, number: int) -> None:
    await tx.keep()
    await tx.publish(noted, Noted(id=str(number)))


async def announce_and_notify(tx: Transaction, number: int) -> None:
    await announce(tx, number)
    await tx.connection.execute(_NOTIFY)


async def write(stage: Stage, work: Work, writers: int, seconds: float) -> float:
    """Transactions a second."""
    done, until = 0, time.perf_counter() + seconds

    async def write_on() -> None:
        nonlocal done
        while time.perf_counter() < until:
            done += 1
            async with stage.store.transaction() as tx:
                await work(tx, done)

    async with asyncio.TaskGroup() as group:
        for _ in range(writers):
            group.create_task(write_on())
    await stage.empty()
    return done / seconds


async def tables(rounds: int, seconds: float) -> list[str]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    async with a_stage() as stage:
        return [*await _cost(stage, rounds, seconds), "", *await _lag(stage), "", *await _drained(stage)]


async def _cost(stage: Stage, rounds: int, seconds: float) -> list[str]:
    ways = {"an insert": keep, "and an event": announce, "and an event, NOTIFY in the transaction": announce_and_notify}
    lines = [
        "| a transaction with | writers | a second, median | range | to an insert alone |",
        "|---|---|---|---|---|",
    ]
    for writers in (1, 20):
        rates: dict[str, list[float]] = {name: [] for name in ways}
        await write(stage, announce, writers, WARM_UP_S)
        for number in range(rounds):
            for name in sorted(ways, reverse=number % 2 == 1):
                rates[name].append(await write(stage, ways[name], writers, seconds))
        alone = median(rates["an insert"])
        for name, seen in rates.items():
            spread = f"{min(seen):,.0f} to {max(seen):,.0f}"
            lines.append(f"| {name} | {writers} | {median(seen):,.0f} | {spread} | {median(seen) / alone:.2f} |")
    return lines


async def _lag(stage: Stage) -> list[str]:
    """Two relays, as two instances of a service would have."""
    async with stage.relay() as one, stage.relay() as other, asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for number in range(round(LAG_S * PER_SECOND)):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
            group.create_task(_announce(stage, number))
    seen = sorted(one + other)
    p50, p99 = (quantiles(seen, n=100)[at - 1] * 1000 for at in (50, 99))
    return [
        f"| {PER_SECOND} events a second for {LAG_S:.0f} s | stored | p50 ms | p99 ms | longest ms |",
        "|---|---|---|---|---|",
        f"| from written to stored | {len(seen):,} | {p50:.1f} | {p99:.1f} | {seen[-1] * 1000:.1f} |",
    ]


async def _announce(stage: Stage, number: int) -> None:
    async with stage.store.transaction() as tx:
        await announce(tx, number)


async def _drained(stage: Stage) -> list[str]:
    lines = [f"| {BACKLOG:,} events wait, one relay | stored a second |", "|---|---|"]
    for told, keys in (("each of another key", BACKLOG), ("of 100 keys", 100), ("of one key", 1)):
        await stage.empty()
        async with stage.store.transaction() as tx:
            for number in range(BACKLOG):
                await tx.publish(noted, Noted(id=str(number % keys)))
        began = time.perf_counter()
        async with stage.relay() as stored:
            while len(stored) < BACKLOG:  # noqa: ASYNC110  an event for each of them would cost what is measured
                await asyncio.sleep(0.005)
        lines.append(f"| {told} | {BACKLOG / (time.perf_counter() - began):,.0f} |")
    return lines
