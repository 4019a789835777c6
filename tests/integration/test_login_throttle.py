"""Guessing passwords over two gateways and two replicas: hardly any is hashed, and the owner gets in all the same."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

import pytest
from flowctl.cluster import Process
from httpx import AsyncClient, Response

from tests.cluster.local import processes
from tests.cluster.metrics import figures
from tests.cluster.people import PASSWORD, a_newcomer, new_email

from .answers import refused
from .records import records
from .twins import NOT_NOW

pytestmark = [pytest.mark.processes("it asks two gateways and two replicas, each by itself"), pytest.mark.timeout(300)]

LOGIN, REGISTER = "/api/v1/customer/login", "/api/v1/customer/register"
# Our own proxy is whoever tests, so that it can say where its clients sit.
SETTINGS = {
    "TRUSTED_PROXIES": "127.0.0.1",
    "RATE_LIMITS": "off",
    "PASSWORD_REFUSAL_MS": "50",
    "LOGIN_FAILURES_PER_ADDRESS": "50",
}
HOME, AWAY, ATTACKER = "198.51.100.7", "192.0.2.1", "203.0.113.9"
MOST, QUARTER_S = 10, 900
PASS_TIME = """
    UPDATE login_accounts SET history = jsonb_set(history::jsonb, '{tries}', (
        SELECT coalesce(jsonb_agg(jsonb_set(try, '{1}', to_jsonb((try->>1)::float8 - :seconds))), '[]')
        FROM jsonb_array_elements(history::jsonb->'tries') AS try))::text
"""


@dataclass(frozen=True, slots=True)
class Twins:
    """Two of each, behind a proxy that tells who its client is."""

    gateways: list[AsyncClient]
    customers: list[Process]
    turn: Iterator[int]

    async def log_in(self, email: str, password: str, address: str, forged: str = "") -> Response:
        """Tried again where nothing was tried: a busy machine lets nobody stand in line for longer than they may."""
        gateway = self.gateways[next(self.turn) % len(self.gateways)]
        forwarded = {"X-Forwarded-For": f"{forged}, {address}".lstrip(", ")}
        while True:
            answer = await gateway.post(LOGIN, json={"email": email, "password": password}, headers=forwarded)
            if answer.status_code != NOT_NOW:
                return answer
            await asyncio.sleep(0.05)

    async def someone(self) -> str:
        """A customer who signed in at home."""
        newcomer = a_newcomer()
        await self.gateways[0].post(REGISTER, json=newcomer)
        assert (await self.log_in(newcomer["email"], PASSWORD, HOME)).status_code == 200
        return newcomer["email"]

    async def hashes(self) -> float:
        told = [await figures(customer.ops_url) for customer in self.customers]
        return sum(each.total("password_hashes_total") for each in told)

    async def refused(self, reason: str) -> float:
        told = [await figures(customer.ops_url) for customer in self.customers]
        return sum(each.total("logins_refused_total", reason=reason) for each in told)

    async def let_time_pass(self, seconds: float) -> None:
        url = self.customers[0].database_url
        assert isinstance(url, str)
        async with records(url) as customers:
            await customers.change(PASS_TIME, seconds=seconds)
            await customers.change("UPDATE login_sources SET at = at - make_interval(secs => :s)", s=seconds)


@pytest.fixture(scope="module")
async def twins() -> AsyncGenerator[Twins]:
    async with processes(SETTINGS, replicas={"gateway": 2, "customer": 2}) as (cluster, running):
        async with clients([process.url for process in cluster.processes["gateway"]]) as gateways:
            yield Twins(gateways, cluster.processes["customer"], count())
        running.assert_well_behaved()


@asynccontextmanager
async def clients(urls: list[str]) -> AsyncGenerator[list[AsyncClient]]:
    gateways = [AsyncClient(base_url=url, timeout=30) for url in urls]
    try:
        yield gateways
    finally:
        await asyncio.gather(*(gateway.aclose() for gateway in gateways))


def statuses(answers: list[Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def test_200_failures_under_forged_addresses_are_hardly_hashed_and_the_owner_gets_in(twins: Twins) -> None:
    ada, before = await twins.someone(), await twins.hashes()

    answers = [await twins.log_in(ada, "wrong", ATTACKER, forged=f"10.0.0.{number}") for number in range(40)]
    answers += await asyncio.gather(
        *(twins.log_in(ada, "wrong", ATTACKER, forged=f"10.0.1.{number}") for number in range(160))
    )

    hashed = await twins.hashes() - before
    assert statuses(answers) == {401: hashed, 429: 200 - hashed}
    assert 3 <= hashed <= 4, "one address, whatever it says of itself"
    assert (await twins.log_in(ada, PASSWORD, HOME)).status_code == 200
    assert (await twins.log_in(ada, PASSWORD, AWAY)).status_code == 200
    assert (await twins.log_in(ada, PASSWORD, ATTACKER)).status_code == 429
    await twins.let_time_pass(QUARTER_S)
    assert (await twins.log_in(ada, PASSWORD, ATTACKER)).status_code == 200


async def test_200_attackers_at_once_have_six_tries_and_the_owner_gets_in_at_home(twins: Twins) -> None:
    ada, before = await twins.someone(), await twins.hashes()

    attack = [asyncio.create_task(twins.log_in(ada, "wrong", f"10.1.0.{number}")) for number in range(200)]
    at_home = await twins.log_in(ada, PASSWORD, HOME)
    answers = await asyncio.gather(*attack)

    assert at_home.status_code == 200
    hashed = await twins.hashes() - before - 1
    assert statuses(answers) == {401: hashed, 429: 200 - hashed}
    assert hashed == 6 <= MOST
    assert (await twins.log_in(ada, PASSWORD, HOME)).status_code == 200
    stranger = await twins.log_in(ada, PASSWORD, AWAY)
    assert stranger.status_code == 429
    assert 0 < int(stranger.headers["retry-after"]) <= QUARTER_S
    await twins.let_time_pass(int(stranger.headers["retry-after"]))
    assert (await twins.log_in(ada, PASSWORD, AWAY)).status_code == 200


async def test_whatever_is_tried_from_wherever_no_more_than_ten_are_hashed_in_a_quarter_of_an_hour(
    twins: Twins,
) -> None:
    ada, before = await twins.someone(), await twins.hashes()

    for address in (HOME, AWAY, *(f"10.2.0.{number}" for number in range(20)), HOME):
        await asyncio.gather(*(twins.log_in(ada, "wrong", address) for _ in range(8)))
    await twins.let_time_pass(QUARTER_S / 2)
    for address in (HOME, *(f"10.2.1.{number}" for number in range(20)), HOME):
        await asyncio.gather(*(twins.log_in(ada, "wrong", address) for _ in range(8)))

    assert await twins.hashes() - before == MOST


async def test_a_spray_over_200_accounts_from_one_address_ends_and_costs_no_owner_anything(twins: Twins) -> None:
    ada, before = await twins.someone(), await twins.hashes()
    accounts = [ada, *(new_email("nobody") for _ in range(199))]
    throttled, began = await twins.refused("throttled_address"), time.monotonic()

    answers = [await twins.log_in(email, "wrong", ATTACKER) for email in accounts[:40]]
    answers += await asyncio.gather(*(twins.log_in(email, "wrong", ATTACKER) for email in accounts[40:]))

    hashed, worn_off = await twins.hashes() - before, 50 * (time.monotonic() - began) / QUARTER_S
    assert statuses(answers) == {401: hashed, 429: 200 - hashed}
    assert hashed <= 50 + worn_off + 1
    assert await twins.refused("throttled_address") - throttled == 200 - hashed
    for address in (HOME, AWAY):
        assert (await twins.log_in(ada, PASSWORD, address)).status_code == 200
    await twins.let_time_pass(QUARTER_S)
    assert (await twins.log_in(ada, PASSWORD, ATTACKER)).status_code == 200


async def test_a_throttled_try_is_answered_in_the_envelope_and_known_and_unknown_accounts_alike(twins: Twins) -> None:
    told: list[tuple[str, int]] = []
    for email in (await twins.someone(), new_email("nobody")):
        answers = [await twins.log_in(email, "wrong", AWAY) for _ in range(4)]
        assert statuses(answers) == {401: 3, 429: 1}
        refused(answers[-1], 429, "TOO_MANY_REQUESTS", "Too many requests")
        told.append((answers[-1].text, int(answers[-1].headers["retry-after"])))
    assert told[0] == told[1]


async def test_many_devices_of_one_owner_sign_in_at_once(twins: Twins) -> None:
    ada = await twins.someone()

    answers = await asyncio.gather(*(twins.log_in(ada, PASSWORD, f"192.0.2.{number % 4}") for number in range(16)))

    assert statuses(list(answers)) == {200: 16}
