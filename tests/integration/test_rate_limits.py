"""Two gateways as they are run: one limit for both, told to whoever meets it, seen by whoever runs them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
from httpx import AsyncClient, Response

from tests.cluster import Running
from tests.cluster.local import processes
from tests.cluster.logbook import steps
from tests.cluster.metrics import figures

pytestmark = pytest.mark.processes("it asks two gateways, each by itself")

ME = "/api/v1/auth/me"
BURST, PER_SECOND = 40, 20


@dataclass(frozen=True, slots=True)
class Pair:
    urls: tuple[str, ...]
    ops_urls: tuple[str, ...]
    running: Running

    async def total(self, metric: str, **labels: str) -> float:
        return sum([(await figures(url)).total(metric, **labels) for url in self.ops_urls])


@pytest.fixture(scope="module")
async def pair() -> AsyncGenerator[Pair]:
    limits = {
        "LIMIT_READING_ADDRESS": f"{PER_SECOND}/second burst {BURST}",
        "LIMIT_UNKNOWN_TOKENS": "1/minute burst 10",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    async with processes(limits, replicas={"gateway": 2}) as (cluster, running):
        gateways = cluster.processes["gateway"]
        yield Pair(tuple(each.url for each in gateways), tuple(each.ops_url for each in gateways), running)
        running.assert_well_behaved()


async def asked(http: AsyncClient, address: str, seconds: float, token: str = "") -> list[Response]:
    """A hundred a second at most, each as soon as the one before it is answered."""
    answers: list[Response] = []
    headers = {"x-forwarded-for": address} | ({"authorization": f"Bearer {token}"} if token else {})
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answers.append(await http.get(ME, headers=headers))
        await asyncio.sleep(0.01)
    return answers


async def asked_everywhere(pair: Pair, address: str, seconds: float, token: str = "") -> list[list[Response]]:
    async with AsyncClient(base_url=pair.urls[0]) as here, AsyncClient(base_url=pair.urls[1]) as there:
        return list(await asyncio.gather(*(asked(each, address, seconds, token) for each in (here, there))))


async def refused_at(url: str, address: str) -> Response:
    """The answer to one of so many at once that they cannot all be let in."""
    async with AsyncClient(base_url=url, timeout=30) as http:
        while True:
            together = (http.get(ME, headers={"x-forwarded-for": address}) for _ in range(2 * BURST))
            for answer in await asyncio.gather(*together):
                if answer.status_code == 429:
                    return answer


async def test_two_gateways_allow_an_address_what_one_does(pair: Pair) -> None:
    before = await pair.total("rate_limited_total", group="reading", per="address")
    began = time.monotonic()
    answers = await asked_everywhere(pair, "203.0.113.1", 4.0)
    seconds = time.monotonic() - began

    counted = [Counter(answer.status_code for answer in each) for each in answers]
    allowed, refused = [each[401] for each in counted], [each[429] for each in counted]
    of_one = BURST + PER_SECOND * seconds
    assert [set(each) for each in counted] == [{401, 429}] * 2
    # What one took while the other did not know: a second's worth on a busy machine, and what was asked at first.
    assert 0.85 * of_one <= sum(allowed) <= of_one + 1 + PER_SECOND + 2
    assert min(allowed) > 0.2 * sum(allowed)
    assert await pair.total("rate_limited_total", group="reading", per="address") - before == sum(refused)


async def test_who_is_refused_is_told_when_to_come_again_and_the_log_tells_their_neighbourhood(pair: Pair) -> None:
    last = await refused_at(pair.urls[0], "203.0.113.2")
    assert (last.status_code, last.json()["errorCode"]) == (429, "TOO_MANY_REQUESTS")

    line = await pair.running.log.request(last.headers["x-trace-id"])

    assert last.headers["retry-after"] == "1"
    assert last.headers["ratelimit-policy"] == f'"reading-per-address";q={BURST};w={BURST // PER_SECOND}'
    assert line["client_network"] == "203.0.113.0/24"
    assert steps(line) == ["Rate limit reached: reading, per address", "REJECTED: Too many requests"]


async def test_a_flood_of_bad_tokens_at_both_reaches_auth_a_few_times(pair: Pair) -> None:
    async def reached() -> float:
        ops_url = pair.running.service("auth").ops_url
        return (await figures(ops_url)).total("flow_handled_total", flow="api.v1.auth.validate")

    before = await reached()
    answers = await asked_everywhere(pair, "203.0.113.3", 2.0, token="e30.no.token")

    assert {answer.status_code for each in answers for answer in each} == {401, 429}
    assert sum(answer.status_code == 401 for each in answers for answer in each) <= 20
    assert await reached() - before <= 20
