"""How long a refused login takes, by its reason, interleaved; and what the throttle adds to one that is let in."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from statistics import median

import bcrypt
import httpx
from argon2 import PasswordHasher
from flowkit import postgres
from flowkit.postgres import PostgresOptions
from msgspec import UNSET
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from bench import stage
from bench.stage import Stage

LOGIN, REGISTER = "/api/v1/customer/login", "/api/v1/customer/register"
PASSWORD = "correct horse battery"
SETTINGS = {"LOGIN_FAILURES_PER_ADDRESS": "1000000"}
# Few, so that they wait for the clock and not for each other.
AT_ONCE = 6
LONG_S = 600
INSERT = """
    INSERT INTO customers (email, password_hash, first_name, last_name, disabled)
    SELECT :kind || n || '@example.org', :hash, 'Ada', 'Lovelace', :kind = 'disabled'
    FROM generate_series(1, :count) AS n
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of no. Each account is asked once, but for the throttled ones, which are asked again and again."""

    kind: str
    status: int
    emails: Sequence[str]
    password: str = "wrong"

    def email(self, turn: int) -> str:
        return self.emails[turn % len(self.emails)]


async def table(samples: int, cost: int) -> list[str]:
    async with stage.cluster(SETTINGS) as running, client_of(running) as http:
        refusals = await prepared(running, http, samples, cost)
        took = await interleaved(http, refusals, samples)
        honest = await signed_in(http, refusals, samples)
        steps = await means(running)
    middle = {kind: median(each) for kind, each in took.items()}
    spread = (max(middle.values()) - min(middle.values())) / min(middle.values())
    return [
        f"Medians of {samples} each lie within {spread:.1%} of each other; bcrypt at cost {cost}.",
        "",
        "| refused | ms, median | 5th to 95th of 100 |",
        "|---|---|---|",
        *(f"| {kind} | {middle[kind] * 1000:.1f} | {_range(each)} |" for kind, each in took.items()),
        "",
        f"Let in: {median(honest) * 1000:.1f} ms ({_range(honest)}).",
        "On average " + ", ".join(f"{step}: {ms:.2f} ms" for step, ms in steps.items()),
    ]


@asynccontextmanager
async def client_of(running: Stage) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.cluster.gateway_url, timeout=30) as http:
        yield http


async def prepared(running: Stage, http: httpx.AsyncClient, samples: int, cost: int) -> list[Refusal]:
    argon = PasswordHasher(1, 46 * 1024, 1).hash(PASSWORD)
    hashes = {
        "argon": argon,
        "disabled": argon,
        "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(cost)).decode(),
    }
    await _insert(running, hashes, samples)
    waiting = [f"argon{number}@example.org" for number in range(samples + 1, samples + 9)]
    nobody = [f"waiting{number}@example.org" for number in range(8)]
    await asyncio.gather(*(_throttle(http, email) for email in (*waiting, *nobody)))
    return [
        Refusal("unknown email", 401, [f"nobody{number}@example.org" for number in range(samples)]),
        Refusal("argon2id account", 401, [f"argon{number + 1}@example.org" for number in range(samples)]),
        Refusal("bcrypt account", 401, [f"bcrypt{number + 1}@example.org" for number in range(samples)]),
        Refusal(
            "disabled account, right password",
            401,
            [f"disabled{number + 1}@example.org" for number in range(samples)],
            PASSWORD,
        ),
        Refusal("throttled account", 429, waiting),
        Refusal("throttled, unknown email", 429, nobody),
    ]


async def interleaved(http: httpx.AsyncClient, refusals: list[Refusal], samples: int) -> dict[str, list[float]]:
    """In rounds, each round in an order of its own, so that whatever else the machine does weighs on all alike."""
    took: dict[str, list[float]] = defaultdict(list)
    turns = _turns(refusals, samples)

    async def take() -> None:
        for refusal, turn in turns:
            began = time.perf_counter()
            status = await _refused(http, refusal.email(turn), refusal.password)
            took[refusal.kind].append(time.perf_counter() - began)
            if status != refusal.status:
                raise RuntimeError(f"{refusal.kind}: {status}")

    await asyncio.gather(*(take() for _ in range(AT_ONCE)))
    return {refusal.kind: took[refusal.kind] for refusal in refusals}


def _turns(refusals: list[Refusal], samples: int) -> Iterator[tuple[Refusal, int]]:
    order = Random(samples)  # noqa: S311  an order, no secret
    for turn in range(samples):
        yield from ((each, turn) for each in order.sample(refusals, len(refusals)))


async def signed_in(http: httpx.AsyncClient, refusals: list[Refusal], samples: int) -> list[float]:
    """One after another: nothing but the login itself."""
    took: list[float] = []
    for turn in range(samples):
        body = {"email": refusals[1].email(turn), "password": PASSWORD}
        began = time.perf_counter()
        (await http.post(LOGIN, json=body)).raise_for_status()
        took.append(time.perf_counter() - began)
    return took


async def means(running: Stage) -> dict[str, float]:
    """Milliseconds, of each step of a login."""
    async with httpx.AsyncClient() as ops:
        told = await ops.get(running.cluster.processes["customer"][0].ops_url + "/metrics")
    sums: dict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(told.text):
        for sample in family.samples:
            if sample.labels.get("flow") == "api.v1.customer.login" and "step" in sample.labels:
                sums[sample.labels["step"] + sample.name.rpartition("_")[2]] += sample.value
    steps = ("Looking up customer by email", "Checking login throttle")
    return {step: sums[step + "sum"] / sums[step + "count"] * 1000 for step in steps}


async def _refused(http: httpx.AsyncClient, email: str, password: str) -> int:
    return (await http.post(LOGIN, json={"email": email, "password": password})).status_code


async def _throttle(http: httpx.AsyncClient, email: str) -> None:
    """Until it has no tries left for longer than this will take."""
    while True:
        answer = await http.post(LOGIN, json={"email": email, "password": "wrong"})
        if (wait := int(answer.headers.get("retry-after", "0"))) > LONG_S:
            return
        await asyncio.sleep(wait)


async def _insert(running: Stage, hashes: dict[str, str], samples: int) -> None:
    url = running.cluster.processes["customer"][0].database_url
    if url is UNSET:
        raise RuntimeError("customer has no database")
    async with postgres.connect(PostgresOptions(url), lambda it: it) as store, store.transaction() as connection:
        for kind, hashed in hashes.items():
            await connection.execute(text(INSERT), {"kind": kind, "hash": hashed, "count": samples + 8})


def _range(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    low, high = ordered[len(ordered) // 20], ordered[-len(ordered) // 20]
    return f"{low * 1000:.1f} to {high * 1000:.1f}"
