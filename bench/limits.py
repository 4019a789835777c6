"""Rate limits: what they cost, and what one, two and four gateways allow one client."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from timeit import repeat
from typing import Any, cast

from flowkit.telemetry.metrics import Metrics
from gateway_service.http import rate_headers
from gateway_service.http.client_address import ClientAddresses
from gateway_service.rate_limits.buckets import Buckets
from gateway_service.rate_limits.limit import Limit, Per
from gateway_service.rate_limits.rate import Rate
from gateway_service.settings import Settings

from bench import stage
from bench.offered import Offered
from bench.open_loop import OpenLoad, get

# A load that fills a lane would be turned away for that.
ROOM = {"LATENCY_TOLERANCE": "0"}
ON = ROOM | {"RATE_LIMITS": "on"}
OUT_OF_REACH = "1000000/second burst 1000000"
COUNTED = ("READING_ADDRESS", "READING_USER", "UNKNOWN_TOKENS")
PER_SECOND, BURST = 50, 100
OFFERED_PER_SECOND, SECONDS = 150, 8.0
TIMES = 20_000


def out_of_reach() -> dict[str, str]:
    """Every request is counted, none refused."""
    return ON | {f"LIMIT_{name}": OUT_OF_REACH for name in COUNTED}


async def table() -> list[str]:
    lines = ["| timed alone | µs |", "|---|---|", *(f"| {name} | {_us(work):.1f} |" for name, work in _parts().items())]
    lines += ["", "| gateways | offered/s | let in | of one | p99 ms of 429 |", "|---|---|---|---|---|"]
    of_one = BURST + PER_SECOND * SECONDS
    for count in (1, 2, 4):
        allowed = await _allowed(count)
        offered, ratio = count * OFFERED_PER_SECOND, allowed.let_in / of_one
        lines.append(f"| {count} | {offered} | {allowed.let_in} | {ratio:.2f} | {allowed.refused_p99_ms:.1f} |")
    return lines


@dataclass(frozen=True, slots=True)
class Allowed:
    let_in: int
    refused_p99_ms: float


async def _allowed(count: int) -> Allowed:
    limit = out_of_reach() | {"LIMIT_READING_ADDRESS": f"{PER_SECOND}/second burst {BURST}"}
    async with stage.cluster(limit, replicas={"gateway": count}) as ours:
        await asyncio.sleep(BURST / PER_SECOND)
        urls = [process.url for process in ours.cluster.processes["gateway"]]
        asked = get(stage.LIST, ours.token)
        loads = [OpenLoad(url, asked, OFFERED_PER_SECOND, SECONDS, seed) for seed, url in enumerate(urls)]
        told = await asyncio.gather(*(load.offered() for load in loads))
    together = Offered(tuple(answer for each in told for answer in each.answers), SECONDS)
    return Allowed(len(together.took(200)), together.percentile_ms(99, 429))


def _parts() -> dict[str, Callable[[], object]]:
    by_address, by_user = _limit("address"), _limit("user")
    taken = [(limit, limit.take("somebody")) for limit in (by_address, by_user)]
    near = cast("Any", {"client": ("203.0.113.7", 4711), "headers": []})
    far = cast("Any", {"client": ("10.0.0.1", 4711), "headers": [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.7")]})
    behind = ClientAddresses(Settings(trusted_proxies=("10.0.0.0/8",)).proxies)
    return {
        "where the client sits, no proxy": lambda: ClientAddresses().of(near),
        "the same, behind one": lambda: behind.of(far),
        "one token, of one bucket": lambda: by_address.take("203.0.113.7"),
        "telling two limits in headers": lambda: rate_headers.told(taken),
    }


def _limit(per: Per) -> Limit:
    rate = Rate.read(OUT_OF_REACH)
    assert rate is not None  # noqa: S101 - it says so above
    return Limit("reading", per, Buckets(rate), Metrics("bench").rate_limit("reading", per))


def _us(work: Callable[[], object]) -> float:
    return median(repeat(work, number=TIMES, repeat=5)) / TIMES * 1e6
