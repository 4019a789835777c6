"""Far more reads than can be answered at once: each is answered or turned away, and nothing is left of the flood."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator

import pytest
from httpx import AsyncClient, Limits, Response

from tests.cluster import Running
from tests.cluster.local import started
from tests.cluster.metrics import figures
from tests.cluster.people import People

from .answers import data_of, refused

pytestmark = pytest.mark.processes("it floods a cluster of its own, whose lanes are narrow")

LIST = "/api/v1/admin/list"
AT_ONCE, TIMES = 300, 4
HELD = ("http_requests_in_flight", "flow_in_flight", "flow_waiting", "nats_awaiting_replies", "database_pool_in_use")


@pytest.fixture(scope="module")
async def narrow() -> AsyncGenerator[Running]:
    async with started({"LATENCY_TOLERANCE": "1.5"}) as cluster:
        yield cluster
        cluster.assert_well_behaved()


async def test_each_read_is_answered_or_turned_away_and_nothing_is_left(narrow: Running) -> None:
    async with AsyncClient(base_url=narrow.gateway_url, limits=Limits(max_connections=AT_ONCE), timeout=30) as http:
        root = await People(http, narrow.root_password).root()
        asked = [http.get(LIST, headers=root.bearer) for _ in range(AT_ONCE * TIMES)]
        answers, wells = await asyncio.gather(
            asyncio.gather(*asked), asyncio.gather(*(well(narrow) for _ in range(20)))
        )

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() == {200, 503}
    for answer in answers:
        judge(answer)
    assert wells == [200] * 20
    gateway = await figures(narrow.service("gateway").ops_url)
    assert gateway.total("http_requests_turned_away_total", route=LIST) == statuses[503]
    for service in narrow.services:
        told = await figures(service.ops_url)
        assert {name: told.total(name) for name in HELD} == dict.fromkeys(HELD, 0)


async def test_after_the_flood_whoever_comes_is_let_in(narrow: Running) -> None:
    async with AsyncClient(base_url=narrow.gateway_url) as http:
        root = await People(http, narrow.root_password).root()
        for _ in range(100):
            data_of(await http.get(LIST, headers=root.bearer))


def judge(answer: Response) -> None:
    if answer.status_code == 200:
        data_of(answer)
    else:
        refused(answer, 503, "SERVICE_UNAVAILABLE", "Service unavailable")
        assert answer.headers["retry-after"] == "1"


async def well(cluster: Running) -> int:
    """The gateway's own ops port is asked all the while."""
    async with AsyncClient(base_url=cluster.service("gateway").ops_url, timeout=30) as ops:
        await asyncio.sleep(0.05)
        return (await ops.get("/health/live")).status_code
