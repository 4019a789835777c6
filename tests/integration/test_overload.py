"""More at once than there is room for: some are turned away at once, the rest is done, nothing else suffers."""

import asyncio
from collections import Counter
from collections.abc import Awaitable

from httpx import AsyncClient, Limits, Response

from tests.cluster import Running
from tests.cluster.people import a_newcomer

from .answers import data_of, refused
from .records import records

# Two passwords are hashed at a time and 32 wait for it.
AT_ONCE = 150
REGISTERED = "SELECT count(*) FROM customers WHERE last_name = :name"


async def register(http: AsyncClient, last_name: str) -> Response:
    return await http.post("/api/v1/customer/register", json=a_newcomer() | {"lastName": last_name})


async def noted(asked: Awaitable[Response], answered: list[Response]) -> Response:
    answered.append(answer := await asked)
    return answer


async def test_a_flood_of_registrations_is_taken_or_turned_away_and_reads_go_on(cluster: Running) -> None:
    answered: list[Response] = []
    async with AsyncClient(
        base_url=cluster.gateway_url, limits=Limits(max_connections=AT_ONCE + 1), timeout=30
    ) as http:
        flood = asyncio.gather(*(noted(register(http, "Flood"), answered) for _ in range(AT_ONCE)))
        wells: list[Response] = []
        while not flood.done():
            wells.append(await noted(http.get("/api/v1/healthcheck"), answered))
        answers = await flood

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.keys() == {201, 503}
    for answer in answers:
        if answer.status_code == 201:
            data_of(answer, 201)
        else:
            refused(answer, 503, "SERVICE_UNAVAILABLE", answer.json()["message"])
            assert answer.headers["retry-after"] == "1"
    async with records(cluster.database_url("customer")) as customers:
        assert await customers.one(REGISTERED, name="Flood") == statuses[201]
    assert {answer.status_code for answer in wells} == {200}
    # Were reads to wait behind the passwords, none would be answered before whoever was taken last.
    assert answered.index(wells[0]) < max(place for place, each in enumerate(answered) if each.status_code == 201)
