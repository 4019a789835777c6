"""Whom the gateway turns away before it has done anything for them, and what it tells them."""

import asyncio
from typing import cast

import httpx
import pytest
from contracts import admin, customer
from flowkit.telemetry import names
from gateway_service.http.admission import Guarded
from gateway_service.http.edge import Edge
from structlog.testing import capture_logs

from .answers import data_of, refused
from .raw import a_wire, post
from .test_counting import counted
from .world import ADA, ADMIN, Held, World, a_customer, always, bearer

LIST = "/api/v1/admin/list"
NONE = admin.AdminPage(items=(), total=0, page=1, limit=10)
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def guarded(world: World, method: str = "GET", path: str = LIST) -> Guarded:
    found = cast("Edge", world.server.app).admission.guarded(method, path)
    assert found is not None
    return found


async def test_where_there_is_no_room_the_answer_is_whole_and_no_service_is_asked(
    world: World, http: httpx.AsyncClient
) -> None:
    world.answer(admin.get_list, always(NONE))
    guarded(world).lane.limit = 0

    answer = await http.get(LIST, headers=bearer(ADMIN) | {"x-trace-id": TRACE, "x-request-id": "mine"})

    refused(answer, 503, "SERVICE_UNAVAILABLE", "Service unavailable")
    assert answer.headers["retry-after"] == "1"
    assert (answer.headers["x-trace-id"], answer.headers["x-request-id"]) == (TRACE, "mine")
    assert "connection" not in answer.headers
    assert world.asked == []


async def test_who_is_turned_away_is_counted_as_such_and_told_of_once_a_second(
    world: World, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long a busy machine takes for these few, it is the same second.
    monkeypatch.setattr("gateway_service.http.shedding._TELL_EVERY_S", 60.0)
    guarded(world).lane.limit = 0

    with capture_logs() as lines:
        for _ in range(5):
            await http.get(LIST)
        await http.head(LIST)

    assert counted(world)["GET", LIST, "503", "SERVICE_UNAVAILABLE"] == 5
    assert counted(world, names.HTTP_TURNED_AWAY)["GET", LIST, "", ""] == 5
    assert counted(world, names.HTTP_TURNED_AWAY)["HEAD", LIST, "", ""] == 1
    assert [(line["route"], line["limit"]) for line in lines if line["event"] == "turned away"] == [(LIST, 0)]


async def test_a_place_is_taken_until_the_answer_and_free_after_it(world: World, http: httpx.AsyncClient) -> None:
    held = Held(NONE)
    world.answer(admin.get_list, held)
    guarded(world).lane.limit = 1
    first = asyncio.create_task(http.get(LIST, headers=bearer(ADMIN)))
    await held.started.wait()

    refused(await http.get(LIST, headers=bearer(ADMIN)), 503, "SERVICE_UNAVAILABLE", "Service unavailable")
    held.finish.set()

    data_of(await first)
    data_of(await http.get(LIST, headers=bearer(ADMIN)))
    assert guarded(world).lane.in_flight == 0


async def test_a_client_that_sends_slowly_takes_nobodys_place(world: World, http: httpx.AsyncClient) -> None:
    world.answer(customer.update, always(a_customer()))
    path, body = f"/api/v1/customers/{ADA.id}", b'{"firstName": "Ada"}'
    lane = guarded(world, "PUT", path).lane
    lane.limit = 1
    whole = post(
        path, body, b"Content-Type: application/json", b"Authorization: " + bearer(ADA)["authorization"].encode()
    )
    async with a_wire(world.url) as slow:
        await slow.send(whole.replace(b"POST", b"PUT")[:-5])
        while not world.traffic.held:
            await asyncio.sleep(0.01)

        data_of(await http.put(path, json={"firstName": "Ada"}, headers=bearer(ADA)))

        await slow.send(body[-5:])
        assert (await slow.answer()).status == 200
    assert lane.in_flight == 0


async def test_a_client_that_hangs_up_leaves_its_place(world: World, http: httpx.AsyncClient) -> None:
    held = Held(NONE)
    world.answer(admin.get_list, held)
    with_patience = asyncio.create_task(http.get(LIST, headers=bearer(ADMIN)))
    await held.started.wait()
    with_patience.cancel()
    held.finish.set()
    await world.traffic.ebb()

    assert guarded(world).lane.in_flight == 0


async def test_a_body_nobody_will_read_ends_the_connection(world: World) -> None:
    path = f"/api/v1/customers/{ADA.id}"
    guarded(world, "PUT", path).lane.limit = 0
    async with a_wire(world.url) as wire:
        await wire.send(post(path, b"{}").replace(b"POST", b"PUT"))
        answer = await wire.answer()

        assert (answer.status, answer.headers["connection"]) == (503, "close")
        assert await wire.closed()


async def test_flows_that_hash_pages_and_unknown_paths_have_no_lane(world: World) -> None:
    admission = cast("Edge", world.server.app).admission
    for method, path in (("POST", "/api/v1/admin/login"), ("GET", "/api/docs"), ("GET", "/nowhere"), ("BREW", LIST)):
        assert admission.guarded(method, path) is None


async def test_each_route_has_a_lane_of_its_own(world: World) -> None:
    assert guarded(world).lane is not guarded(world, "GET", "/api/v1/healthcheck").lane
    assert guarded(world, "GET", "/api/v1/customers/1").lane is guarded(world, "GET", "/api/v1/customers/2").lane
    assert guarded(world, "GET", "/api/v1/customers/1").lane is not guarded(world, "GET", "/api/v1/customers").lane


async def test_how_many_a_route_lets_in_is_told(world: World) -> None:
    guarded(world).lane.limit = 17.5

    assert counted(world, names.HTTP_LANE_LIMIT)["GET", LIST, "", ""] == 17
    assert ("POST", "/api/v1/admin/login", "", "") not in counted(world, names.HTTP_LANE_LIMIT)
