"""The ops ports: health, and figures whose number does not grow with use."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from contracts import admin, api_keys, auth, customer, health, notification, order
from contracts.bus import SERVICES
from flowkit.contract import Contract
from gateway_service.routes import ROUTES
from httpx import AsyncClient
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics,  # pyright: ignore[reportUnknownVariableType]  it is untyped
)

from tests.cluster import People, Running
from tests.cluster.metrics import Figures, Series, figures
from tests.cluster.people import new_email
from tests.cluster.pulling import awaited

from .bus import Bus

CALLS, AT_ONCE = 10_000, 64
LET_GO, LET_GO_WITHIN_S = ("flow_in_flight", "database_pool_waiting"), 20.0
KEYS = "api.v1.auth.keys"
FLOWS = {
    "gateway": health.ALL,
    "auth": (*auth.ALL, *api_keys.ALL),
    "admin": admin.ALL,
    "customer": customer.ALL,
    "order": order.ALL,
    "notification": notification.ALL,
}


@pytest.mark.parametrize("name", SERVICES)
async def test_every_service_tells_that_it_lives_and_is_ready(cluster: Running, name: str) -> None:
    async with AsyncClient(base_url=cluster.service(name).ops_url) as ops:
        live, ready, other = [await ops.get(path) for path in ("/health/live", "/health/ready", "/other")]

    assert live.status_code == 200
    checks = {"nats": "up"} | ({} if name == "gateway" else {"database": "up"})
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "checks": checks, "stopping": False})
    assert other.status_code == 404


async def everyones(cluster: Running) -> dict[str, Figures]:
    return {service.name: await figures(service.ops_url) for service in cluster.services}


def series(told: dict[str, Figures]) -> dict[str, set[Series]]:
    return {name: set(each.values) for name, each in told.items()}


async def strangers(http: AsyncClient, token: str) -> None:
    """Requests that differ in all that a client can choose."""
    odd = uuid4().hex
    await asyncio.gather(
        http.get(f"/{odd}"),
        http.get(f"/api/v1/customers/{odd}", headers={"Authorization": f"Bearer {token}"}),
        http.get("/api/v1/healthcheck", params={odd: odd}),
        http.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {odd}", "x-request-id": odd}),
        http.request(odd[:8].upper(), "/api/v1/healthcheck", headers={"x-trace-id": odd}),
        http.post("/api/v1/customer/login", json={odd: odd}),
    )


@pytest.mark.timeout(240)
async def test_the_number_of_series_is_the_same_after_10_000_calls(
    http: AsyncClient, people: People, bus: Bus, cluster: Running
) -> None:
    root = (await people.root()).token
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask() -> None:
        async with turns:
            await bus.ask(KEYS, b"", x_request_id=uuid4().hex, flow_caller=uuid4().hex)

    await asyncio.gather(strangers(http, root), bus.ask(KEYS))
    before = await everyones(cluster)
    await asyncio.gather(*(ask() for _ in range(CALLS)))
    for _ in range(100):
        await strangers(http, root)
    after = await everyones(cluster)

    handled = [told["auth"].total("flow_handled_total", flow=KEYS) for told in (before, after)]
    assert handled[1] - handled[0] == CALLS
    assert series(after) == series(before)


async def test_outcomes_are_counted_by_flow_and_error_code(bus: Bus, cluster: Running) -> None:
    async def counted(error_code: str) -> float:
        told = await figures(cluster.service("customer").ops_url)
        return told.total("flow_handled_total", flow="api.v1.customer.register", error_code=error_code)

    before = await counted("VALIDATION_ERROR"), await counted("TIMEOUT")
    await bus.ask("api.v1.customer.register", b"junk")
    await bus.ask("api.v1.customer.register", b"junk", flow_timeout_ms="0")

    assert (await counted("VALIDATION_ERROR"), await counted("TIMEOUT")) == (before[0] + 1, before[1] + 1)


async def test_flows_and_routes_are_told_before_anyone_asks_for_them(cluster: Running) -> None:
    """`increase()` does not see a series begin at one: a first error would be missed."""
    told = await everyones(cluster)

    for name, contracts in FLOWS.items():
        for contract in contracts:
            of_flow = {
                dict(pairs)["error_code"] for (given, pairs) in told[name].values if is_of(given, pairs, contract)
            }
            assert {"OK", "INTERNAL_ERROR", *(error.code for error in contract.raises)} <= of_flow, contract.subject
    for route in ROUTES:
        labels = {"route": route.path, "method": route.method}
        codes = {
            dict(pairs)["error_code"]
            for (given, pairs) in told["gateway"].values
            if given == "http_requests_total" and labels.items() <= dict(pairs).items()
        }
        assert {"OK", "INTERNAL_ERROR", "TIMEOUT", *(error.code for error in route.contract.raises)} <= codes, route


def is_of(name: str, pairs: tuple[tuple[str, str], ...], contract: Contract[Any, Any]) -> bool:
    return name == "flow_handled_total" and ("flow", contract.subject) in pairs


async def test_the_slow_can_be_looked_up_by_their_trace(http: AsyncClient, people: People, cluster: Running) -> None:
    ada, trace_id = await people.new_customer(), uuid4().hex
    credentials = {"email": ada.email, "password": ada.password}

    await http.post("/api/v1/customer/login", json=credentials, headers={"x-trace-id": trace_id})
    await cluster.log.flow(trace_id, "api.v1.customer.login")
    await cluster.log.request(trace_id)

    assert await exemplified(cluster, "gateway", trace_id) == {
        ("http_request_duration_seconds", "/api/v1/customer/login")
    }
    login = "api.v1.customer.login"
    assert await exemplified(cluster, "customer", trace_id) == {
        ("flow_duration_seconds", login),
        ("flow_step_duration_seconds", "Looking up customer by email"),
        ("flow_step_duration_seconds", "Checking login throttle"),
        ("flow_step_duration_seconds", "Verifying password"),
        ("flow_step_duration_seconds", "Generating JWT token"),
    }


async def exemplified(cluster: Running, service: str, trace_id: str) -> set[tuple[str, str]]:
    """The metrics, with what they are of, whose exemplars name this trace."""
    async with AsyncClient(headers={"accept": "application/openmetrics-text; version=1.0.0"}) as client:
        answer = await client.get(f"{cluster.service(service).ops_url}/metrics")
    samples = [sample for family in openmetrics(answer.text) for sample in family.samples]
    return {
        (
            sample.name.removesuffix("_bucket"),
            sample.labels.get("step") or sample.labels.get("flow") or sample.labels["route"],
        )
        for sample in samples
        if sample.exemplar and sample.exemplar.labels == {"trace_id": trace_id}
    }


async def test_figures_of_the_parts_are_true(http: AsyncClient, people: People, cluster: Running) -> None:
    before = await everyones(cluster)
    await people.new_customer()
    after = await everyones(cluster)

    for name, told in after.items():
        assert told.total("nats_connected") == 1, name
        assert told.total("nats_reconnects_total") == 0, name
        assert told.total("process_resident_memory_bytes") > 1e7, name
        assert told.total("event_loop_lag_seconds_count") > 0, name
        assert told.total("service_info", service=name) == 1, name
    for name in ("auth", "admin", "customer"):
        assert 0 <= after[name].total("database_pool_in_use") <= after[name].total("database_pool_size")
    hashed = [
        told["customer"].total("flow_step_duration_seconds_count", step="Hashing password") for told in (before, after)
    ]
    assert hashed[1] - hashed[0] == 1


async def test_who_waits_for_a_hash_is_counted_as_waiting(http: AsyncClient, cluster: Running) -> None:
    # One account alone would have no more than two of them hashed at a time.
    wrong = [{"email": new_email("nobody"), "password": "wrong"} for _ in range(8)]
    seen: list[tuple[float, float]] = []

    async def look() -> tuple[float, float]:
        told = await figures(cluster.service("admin").ops_url)
        return told.total("password_hashing_running"), told.total("password_hashing_waiting")

    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(http.post("/api/v1/admin/login", json=each)) for each in wrong]
        while not all(each.done() for each in asked):
            seen.append(await look())

    assert max(running for running, _ in seen) == 2
    assert max(waiting for _, waiting in seen) > 0
    # Who gave up on a busy machine may have been answered before the hash they waited for was done.
    async with asyncio.timeout(LET_GO_WITHIN_S):
        while await look() != (0, 0):
            await asyncio.sleep(0.1)


async def left_behind(cluster: Running) -> list[str]:
    everyone = await everyones(cluster)
    return [
        service
        for service, told in everyone.items()
        if awaited(service, told) or any(told.total(name) for name in LET_GO)
    ]


async def test_nothing_is_left_behind_by_the_stories_so_far(cluster: Running) -> None:
    async with asyncio.timeout(LET_GO_WITHIN_S):
        while await left_behind(cluster):
            await asyncio.sleep(0.1)
    for name, told in (await everyones(cluster)).items():
        assert told.total("nats_permission_violations_total") == 0, name
