"""Sessions over two gateways and two of each service: refreshed, stolen, ended, and known to have ended everywhere."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from httpx import AsyncClient

from tests.cluster.local import processes
from tests.cluster.people import PASSWORD

from .answers import data_of, refused
from .bus import connected
from .records import records
from .twins import Client, Twins

pytestmark = [pytest.mark.processes("it asks two gateways, each by itself"), pytest.mark.timeout(300)]

SESSIONS, LOGOUT = "/api/v1/auth/sessions", "/api/v1/auth/logout"
# Longer than twenty refreshes at once take on a busy machine.
GRACE_S = 5.0
ROUNDS, AT_ONCE = int(os.environ.get("REFRESH_ROUNDS", "5")), 20
# At once is sooner than a gateway forgets by itself; on a busy machine it is late by up to LATE_S.
AT_ONCE_S, AFTER_A_LOST_NOTICE_S, LATE_S = 3.0, 5.0, 2.0
OTHER = "battery staple"
NOT_AUTHENTICATED = (401, "UNAUTHORIZED", "Not authenticated")


@pytest.fixture(scope="module")
async def twins() -> AsyncGenerator[Twins]:
    settings = {"REFRESH_GRACE_S": str(GRACE_S), "PASSWORD_REFUSAL_MS": "200", "RATE_LIMITS": "off"}
    replicas = {"gateway": 2, "auth": 2, "customer": 2}
    async with processes(settings, replicas=replicas) as (cluster, running), AsyncExitStack() as stack:
        urls = [process.url for process in cluster.processes["gateway"]]
        gateways = [await stack.enter_async_context(AsyncClient(base_url=url, timeout=30)) for url in urls]
        yield Twins(gateways, running)
        running.assert_well_behaved()


async def until(claim: Callable[[], Awaitable[bool]], within: float) -> float:
    began = time.monotonic()
    while not await claim():
        assert time.monotonic() - began < within, f"not so after {within} s"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def test_twenty_refreshes_at_once_have_one_successor_and_a_replay_ends_the_session(
    twins: Twins, tell: Callable[[str], None]
) -> None:
    clients = [await twins.newcomer() for _ in range(ROUNDS)]
    times: list[float] = []
    for client in clients:
        began = time.monotonic()
        answers = await asyncio.gather(*(client.refreshed(gateway=number % 2) for number in range(AT_ONCE)))
        times.append(time.monotonic() - began)
        assert len({data_of(answer)["refreshToken"] for answer in answers}) == 1
    tell(f"{ROUNDS} rounds of {AT_ONCE} refreshes at once: one successor each; slowest round {max(times):.2f} s")

    await asyncio.sleep(GRACE_S + 0.5)
    for client in clients:
        refused(await client.refreshed(), 401, "UNAUTHORIZED", "Invalid token")
        assert not await client.is_let_in()
    async with records(twins.running.database_url("auth")) as stored:
        ids = [client.session for client in clients]
        ended = "SELECT count(*) FROM sessions WHERE why = 'reuse' AND id = ANY(CAST(:ids AS uuid[]))"
        assert await stored.one(ended, ids=ids) == ROUNDS
        unspent = (
            "SELECT count(*) FROM refresh_tokens WHERE spent_at IS NULL AND session_id = ANY(CAST(:ids AS uuid[]))"
        )
        assert await stored.one(unspent, ids=ids) == ROUNDS


async def test_after_a_logout_no_gateway_lets_the_session_in(twins: Twins, tell: Callable[[str], None]) -> None:
    slowest = 0.0
    for _ in range(5):
        client = await twins.newcomer()
        assert [await client.is_let_in(gateway) for gateway in (0, 1)] == [True, True]

        assert data_of(await client.send("POST", LOGOUT)) == {"ended": 1}

        for gateway in (0, 1):
            slowest = max(slowest, await until(lambda: _is_out(client, gateway), AT_ONCE_S))  # noqa: B023  awaited here
        refused(await client.refreshed(), 401, "UNAUTHORIZED", "Invalid token")
    tell(f"known to every gateway {slowest * 1000:.0f} ms after the answer at the latest")


async def _is_out(client: Client, gateway: int) -> bool:
    return not await client.is_let_in(gateway)


async def test_a_lost_notice_is_made_good_within_five_seconds(twins: Twins, tell: Callable[[str], None]) -> None:
    client = await twins.newcomer()
    assert [await client.is_let_in(gateway) for gateway in (0, 1)] == [True, True]

    async with records(twins.running.database_url("auth")) as stored:
        await stored.change("UPDATE sessions SET ended_at = now(), why = 'logout' WHERE id = :id", id=client.session)
    ended = time.monotonic()

    assert await client.is_let_in()
    for gateway in (0, 1):
        await until(lambda: _is_out(client, gateway), AFTER_A_LOST_NOTICE_S + LATE_S)  # noqa: B023  awaited here
    tell(f"without its notice a session was let in for {time.monotonic() - ended:.2f} s")


async def test_on_the_bus_an_identity_of_an_ended_session_is_refused_at_once(twins: Twins) -> None:
    client = await twins.newcomer()
    async with connected(twins.running.nats_url) as bus:
        validated = await bus.ask_as("operator", "api.v1.auth.validate", {"token": client.pair["token"]})
        identity = validated.body["data"]["identity"]
        mine = {"id": client.id}
        for _ in range(4):
            assert (await bus.ask("api.v1.customer.get", mine, flow_identity=identity)).body["status"] == 200

        data_of(await client.send("POST", LOGOUT))

        async def is_refused_by_both() -> bool:
            replies = [await bus.ask("api.v1.customer.get", mine, flow_identity=identity) for _ in range(8)]
            return all(reply.body["status"] == 401 and reply.told == NOT_AUTHENTICATED for reply in replies)

        await until(is_refused_by_both, AT_ONCE_S)


async def test_sessions_are_listed_and_all_of_them_ended(twins: Twins) -> None:
    here = await twins.newcomer()
    there = await twins.again(here.id, here.email)

    listed = data_of(await here.get(SESSIONS))["items"]
    assert [(each["id"], each["current"]) for each in listed] == [(there.session, False), (here.session, True)]
    assert {each["clientAddress"] for each in listed} == {"127.0.0.1"}

    assert data_of(await here.send("POST", LOGOUT, {"all": True})) == {"ended": 2}
    for client in (here, there):
        await until(lambda: _is_out(client, 1), AT_ONCE_S)  # noqa: B023  awaited here


async def test_a_password_change_ends_the_other_sessions_and_no_more(twins: Twins) -> None:
    here = await twins.newcomer()
    there, change = await twins.again(here.id, here.email), "/api/v1/customer/password"
    assert await there.is_let_in(1)

    wrong = {"currentPassword": "a wrong one", "newPassword": OTHER}
    refused(await here.send("POST", change, wrong), 403, "FORBIDDEN", "Invalid credentials")
    right = {"currentPassword": PASSWORD, "newPassword": OTHER}
    assert data_of(await here.send("POST", change, right)) == {"ended": 1}

    await until(lambda: _is_out(there, 1), AT_ONCE_S)
    assert await here.is_let_in(1)
    refused(await there.refreshed(), 401, "UNAUTHORIZED", "Invalid token")
    assert (await twins.log_in(here.email, OTHER)).status_code == 200
    refused(await twins.log_in(here.email, PASSWORD), 401, "UNAUTHORIZED", "Invalid credentials")


async def test_who_is_disabled_is_out_until_enabled_and_is_told_nothing(twins: Twins) -> None:
    root, client = await twins.root(), await twins.newcomer()
    status = f"/api/v1/customers/{client.id}/status"
    assert await client.is_let_in(1)

    assert data_of(await root.send("PUT", status, {"status": "disabled"})) == {"id": client.id, "status": "disabled"}

    await until(lambda: _is_out(client, 1), AT_ONCE_S)
    refused(await client.refreshed(), 401, "UNAUTHORIZED", "Invalid token")
    refused(await twins.log_in(client.email, PASSWORD), 401, "UNAUTHORIZED", "Invalid credentials")
    assert data_of(await root.get(f"/api/v1/customers/{client.id}"))["status"] == "disabled"

    data_of(await root.send("PUT", status, {"status": "active"}))
    assert (await twins.log_in(client.email, PASSWORD)).status_code == 200


async def test_who_is_deleted_is_out(twins: Twins) -> None:
    client = await twins.newcomer()
    assert await client.is_let_in(1)

    data_of(await client.send("DELETE", f"/api/v1/customers/{client.id}"))

    await until(lambda: _is_out(client, 1), AT_ONCE_S)
    refused(await client.refreshed(), 401, "UNAUTHORIZED", "Invalid token")
