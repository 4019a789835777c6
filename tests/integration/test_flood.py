"""Far more reads than can be answered at once: each is answered or turned away, and nothing is left of the flood."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit

import pytest
from httpx import AsyncClient

from tests.cluster import Running, RunningService
from tests.cluster.metrics import figures
from tests.cluster.people import People
from tests.cluster.pulling import AWAITING, awaited
from tests.cluster.starter import Starter

from .answers import data_of
from .chaos.wire import Connection, Request, Response

LIST = "/api/v1/admin/list"
AT_ONCE, TIMES = 300, 4
LET_GO_WITHIN_S = 20.0
HELD = ("http_requests_in_flight", "flow_in_flight", "flow_waiting", "database_pool_in_use")


@pytest.fixture(scope="module")
async def narrow(starter: Starter) -> AsyncGenerator[Running]:
    """A cluster of its own, whose lanes are narrow."""
    async with starter.started({"LATENCY_TOLERANCE": "1.5"}) as cluster:
        yield cluster
        cluster.assert_well_behaved()


async def flood(cluster: Running, token: str) -> list[Response]:
    """All connect before any asks, so that they ask at the same moment, time and again."""
    place, question = urlsplit(cluster.gateway_url), Request("GET", LIST, token=token)
    lines = [await Connection.open(str(place.hostname), place.port or 0) for _ in range(AT_ONCE)]
    answers = [await asyncio.gather(*(line.exchange(question) for line in lines)) for _ in range(TIMES)]
    for line in lines:
        line.close()
    return [answer for each in answers for answer in each]


async def test_each_read_is_answered_or_turned_away_and_nothing_is_left(narrow: Running) -> None:
    async with AsyncClient(base_url=narrow.gateway_url, timeout=30) as http:
        root = await People(http, narrow.root_password).root()
    answers, wells = await asyncio.gather(flood(narrow, root.token), asyncio.gather(*(well(narrow) for _ in range(20))))

    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() == {200, 503}
    for answer in answers:
        judge(answer)
    assert wells == [200] * 20
    gateway = await figures(narrow.service("gateway").ops_url)
    assert gateway.total("http_requests_turned_away_total", route=LIST) == statuses[503]
    async with asyncio.timeout(LET_GO_WITHIN_S):
        while any([await held(service) for service in narrow.services]):
            await asyncio.sleep(0.1)


async def held(service: RunningService) -> dict[str, float]:
    """What is not let go of yet."""
    told = await figures(service.ops_url)
    totals = {AWAITING: awaited(service.name, told)} | {name: told.total(name) for name in HELD}
    return {name: total for name, total in totals.items() if total}


async def test_after_the_flood_whoever_comes_is_let_in(narrow: Running) -> None:
    async with AsyncClient(base_url=narrow.gateway_url, timeout=30) as http:
        root = await People(http, narrow.root_password).root()
        for _ in range(100):
            data_of(await http.get(LIST, headers=root.bearer))


def judge(answer: Response) -> None:
    assert answer.answer["status"] == answer.status
    assert len(answer.headers["x-trace-id"]) == 32
    if answer.status == 503:
        assert (answer.error_code, answer.headers["retry-after"]) == ("SERVICE_UNAVAILABLE", "1")


async def well(cluster: Running) -> int:
    """The gateway's own ops port is asked all the while."""
    async with AsyncClient(base_url=cluster.service("gateway").ops_url, timeout=30) as ops:
        await asyncio.sleep(0.05)
        return (await ops.get("/health/live")).status_code
