"""Requests in figures: counted by route and outcome, each outcome a route may have from the start."""

import asyncio
from typing import Any, cast

import httpx
from contracts import admin
from flowkit.telemetry import names
from flowkit.telemetry.ids import IdsOnlyTracer
from flowkit.telemetry.spans import Tracing
from gateway_service.http.admission import Admission
from gateway_service.http.client_address import ClientAddresses
from gateway_service.http.cors import Cors
from gateway_service.http.edge import Edge
from gateway_service.http.shedding import Shedding
from gateway_service.http.standing import Standing
from prometheus_client.parser import text_string_to_metric_families

from .raw import a_wire, get
from .world import ADMIN, Held, World, bearer

LIST, LOGIN = "/api/v1/admin/list", "/api/v1/admin/login"


def counted(world: World, name: str = names.HTTP_REQUESTS) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(world.metrics.render()[0].decode())
    samples = [sample for family in families for sample in family.samples if sample.name == name]
    labels = ("method", "route", "status", "error_code")
    return {tuple(sample.labels.get(label, "") for label in labels): sample.value for sample in samples}


async def test_every_outcome_a_route_may_have_is_zero_at_the_start(world: World) -> None:
    told = counted(world)

    assert set(told.values()) == {0.0}
    assert {outcome[2:] for outcome in told if outcome[:2] == ("POST", LOGIN)} == {
        ("200", "OK"),
        ("400", "VALIDATION_ERROR"),
        ("401", "UNAUTHORIZED"),
        ("409", "CONFLICT"),
        ("413", "PAYLOAD_TOO_LARGE"),
        ("415", "UNSUPPORTED_MEDIA_TYPE"),
        ("429", "TOO_MANY_REQUESTS"),
        ("500", "INTERNAL_ERROR"),
        ("502", "BAD_GATEWAY"),
        ("503", "SERVICE_UNAVAILABLE"),
        ("504", "TIMEOUT"),
    }
    assert ("GET", LIST, "403", "FORBIDDEN") in told


async def test_an_outcome_nobody_expected_is_counted_all_the_same(world: World, http: httpx.AsyncClient) -> None:
    before = counted(world)

    await http.delete(LIST)
    await http.get(LIST, headers=bearer(ADMIN))
    await http.post(LOGIN, content=b"{")

    after = counted(world)
    assert {outcome: count for outcome, count in after.items() if count != before.get(outcome, 0)} == {
        ("DELETE", "none", "405", "METHOD_NOT_ALLOWED"): 1.0,
        ("GET", LIST, "500", "INTERNAL_ERROR"): 1.0,
        ("POST", LOGIN, "415", "UNSUPPORTED_MEDIA_TYPE"): 1.0,
    }


async def test_a_request_is_in_flight_until_its_flow_has_ended_though_its_client_is_gone(world: World) -> None:
    held = Held(admin.AdminPage(items=(), total=0, page=1, limit=10))
    world.answer(admin.get_list, held)
    async with a_wire(world.url) as wire:
        await wire.send(get(LIST, b"Authorization: " + bearer(ADMIN)["authorization"].encode()))
        await held.started.wait()
        assert list(counted(world, names.HTTP_IN_FLIGHT).values()) == [1.0]
    held.finish.set()
    await world.traffic.ebb()

    assert list(counted(world, names.HTTP_IN_FLIGHT).values()) == [0.0]
    assert sum(count for outcome, count in counted(world).items() if outcome[1] == LIST) == 1


async def test_a_request_that_ends_without_an_answer_is_counted_as_none_that_went_well(world: World) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    cors, nobody = Cors(frozenset()), Admission((), tolerance=0)
    shedding, tracing = Shedding(world.metrics, cors, Standing()), Tracing(IdsOnlyTracer())
    edge = Edge(never, tracing, world.metrics, cors, ClientAddresses(), world.traffic, nobody, shedding, budget=1.0)
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": LIST,
        "query_string": b"",
        "http_version": "1.0",
        "headers": [],
        "client": None,
    }
    serving = asyncio.ensure_future(edge(cast("Any", scope), cast("Any", never), cast("Any", never)))
    await asyncio.sleep(0)
    serving.cancel()
    await asyncio.wait([serving])

    assert counted(world)["GET", "none", "499", "CLIENT_CLOSED_REQUEST"] == 1
