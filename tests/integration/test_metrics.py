"""The ops ports: health, and figures whose number does not grow with use."""

import asyncio
from uuid import uuid4

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.metrics import Figures, Series, figures

from .bus import Bus

CALLS, AT_ONCE = 10_000, 64
KEYS = "api.v1.auth.keys"


@pytest.mark.parametrize("name", ["gateway", "auth", "admin", "customer"])
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


async def test_nothing_is_left_behind_by_the_stories_so_far(cluster: Running) -> None:
    for name, told in (await everyones(cluster)).items():
        assert told.total("nats_awaiting_replies") == 0, name
        assert told.total("flow_in_flight") == 0, name
        assert told.total("nats_permission_violations_total") == 0, name
        assert told.total("database_pool_waiting") == 0, name
