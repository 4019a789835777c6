"""Reads beside registrations at three times what can be hashed, of the very service that hashes."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from statistics import median

import msgspec

from bench import stage
from bench.offered import Offered
from bench.open_loop import OpenLoad, get, post
from bench.stage import Stage

READ = "/api/v1/customers?page=1&limit=10"
REGISTER = "/api/v1/customer/register"
TIMES = 3.0
# More than four cores can hash.
PLENTY = 150.0


@dataclass(frozen=True, slots=True)
class Runs:
    alone: list[Offered]
    beside: list[Offered]
    registrations: list[Offered]


async def table(staged: Stage, reads: float, rounds: int, seconds: float) -> Iterator[str]:
    gateway, newcomer = staged.cluster.gateway_url, newcomers()
    hashed = len((await OpenLoad(gateway, newcomer, PLENTY, seconds).offered()).took(201)) / seconds
    reading = OpenLoad(gateway, get(READ, staged.token), reads, seconds)
    registering = OpenLoad(gateway, newcomer, TIMES * hashed, seconds)
    runs = Runs([], [], [])
    for _ in range(rounds):
        runs.alone.append(await reading.offered())
        both = await asyncio.gather(reading.offered(), registering.offered())
        runs.beside.append(both[0])
        runs.registrations.append(both[1])
    return _lines(runs, TIMES * hashed)


def newcomers() -> Callable[[], bytes]:
    """No two have the same email."""
    numbers = count()

    def newcomer() -> bytes:
        email = f"newcomer-{next(numbers)}@example.org"
        told = {"email": email, "password": stage.PASSWORD, "firstName": "Ada", "lastName": "Lovelace"}
        return post(REGISTER, msgspec.json.encode(told))

    return newcomer


def _lines(runs: Runs, offered: float) -> Iterator[str]:
    made = median(len(run.took(201)) / run.seconds for run in runs.registrations)
    refused = median(run.percentile_ms(99, 503) for run in runs.registrations)
    yield f"Registrations: {offered:,.0f} a second offered, {made:,.0f} done, the p99 of a refusal {refused:.0f} ms.\n"
    yield "| reads | answered/s | p50 ms | p99 ms | turned away |"
    yield "|---|---|---|---|---|"
    for name, each in (("alone", runs.alone), ("beside registrations", runs.beside)):
        goodput = median(run.goodput for run in each)
        p50, p99 = ([run.percentile_ms(percent, 200) for run in each] for percent in (50, 99))
        asked, answered = sum(len(run.answers) for run in each), sum(len(run.took(200)) for run in each)
        slowest = f"{median(p99):.0f} ({min(p99):.0f} to {max(p99):.0f})"
        yield f"| {name} | {goodput:,.0f} | {median(p50):.1f} | {slowest} | {1 - answered / asked:.1%} |"
