"""The errors that are the server's fault, brought about by an impostor that answers in a service's stead."""

import json
from typing import Any

import pytest
from contracts.bus import SERVICES
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.limits import BUDGET_S
from tests.cluster.logbook import steps

from .answers import data_of, refused, trace_of
from .bus import impostor

LIST = "/api/v1/customers"
GET_LIST = "api.v1.customer.getList"
JUNK = {
    "nothing": b"",
    "no JSON": b"<html>",
    "no envelope": b'{"items":[]}',
    "an unknown error": b'{"success":false,"status":418,"errorCode":"TEAPOT","message":"short and stout"}',
    "a status that is not the error's": b'{"success":false,"status":200,"errorCode":"CONFLICT","message":"x"}',
    "a success that names an error": b'{"success":true,"status":200,"errorCode":"CONFLICT","data":{}}',
    "invalid UTF-8": b'{"success":true,"status":200,"data":"\xff"}',
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
async def test_a_reply_that_cannot_be_read_is_a_bad_gateway(
    http: AsyncClient, people: People, cluster: Running, junk: bytes
) -> None:
    root = (await people.root()).bearer

    async with impostor(cluster, "customer", GET_LIST, junk) as liar:
        answer = await liar.answers(lambda: http.get(LIST, headers=root))

    assert refused(answer, 502, "BAD_GATEWAY", "The answer could not be read") == []


async def test_a_fault_in_a_flow_is_told_as_no_more_than_that(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    root = (await people.root()).bearer
    fault = envelope(500, "INTERNAL_ERROR", "Unexpected error", ["Fetching customer list", "ERROR: KeyError"])

    async with impostor(cluster, "customer", GET_LIST, fault) as liar:
        answer = await liar.answers(lambda: http.get(LIST, headers=root))

    assert refused(answer, 500, "INTERNAL_ERROR", "Unexpected error") == []
    assert "KeyError" not in answer.text


async def test_an_overloaded_service_is_unavailable_and_may_be_asked_again(http: AsyncClient, cluster: Running) -> None:
    overloaded = envelope(503, "SERVICE_UNAVAILABLE", "Service unavailable", ["REJECTED: Service unavailable"])
    login = {"email": "nobody@example.org", "password": "wrong"}

    async with impostor(cluster, "customer", "api.v1.customer.login", overloaded) as liar:
        answer = await liar.answers(lambda: http.post("/api/v1/customer/login", json=login))

    assert refused(answer, 503, "SERVICE_UNAVAILABLE", "Service unavailable") == []
    assert answer.headers["retry-after"] == "1"
    line = await cluster.log.request(trace_of(answer))
    assert (line["status"], line["error_code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_a_service_that_never_answers_is_a_timeout_within_the_budget(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    root = (await people.root()).bearer

    async with impostor(cluster, "customer", GET_LIST, None) as liar:
        answer = await liar.answers(lambda: http.get(LIST, headers=root))

    assert refused(answer, 504, "TIMEOUT", "No answer in time") == []
    assert BUDGET_S <= answer.elapsed.total_seconds() < 2 * BUDGET_S


async def test_all_is_well(http: AsyncClient, cluster: Running) -> None:
    answer = await http.get("/api/v1/healthcheck")

    services = dict.fromkeys({*SERVICES} - {"gateway"}, "up")
    assert data_of(answer) == {"status": "ok", "database": "up", "nats": "up", "services": services}
    line = await cluster.log.flow(trace_of(answer), "api.v1.healthcheck")
    assert steps(line) == ["Checking database connection", "Checking NATS connection", "SUCCESS"]


async def test_when_a_part_is_not_well_the_same_body_says_so(http: AsyncClient, cluster: Running) -> None:
    down = b'{"success":true,"status":200,"data":{"ready":false,"checks":{"nats":"up","database":"down"}}}'

    async with impostor(cluster, "customer", "flow.health.customer", down) as liar:
        answer = await liar.answers(lambda: http.get("/api/v1/healthcheck"))

    services = dict.fromkeys({*SERVICES} - {"gateway"}, "up") | {"customer": "down"}
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert body["data"] == {"status": "unavailable", "database": "down", "nats": "up", "services": services}
    assert body["errorCode"] == "SERVICE_UNAVAILABLE"


async def test_a_service_that_does_not_tell_how_it_is_counts_as_down(http: AsyncClient, cluster: Running) -> None:
    async with impostor(cluster, "auth", "flow.health.auth", None) as liar:
        answer = await liar.answers(lambda: http.get("/api/v1/healthcheck"))

    assert answer.json()["data"]["services"]["auth"] == "down"
    assert answer.elapsed.total_seconds() < 5


def envelope(status: int, code: str, message: str, trace: list[str]) -> bytes:
    told = {"success": False, "status": status, "errorCode": code, "message": message, "detailed": [], "trace": trace}
    return json.dumps(told).encode()
