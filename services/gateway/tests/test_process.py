"""The gateway as a process: what it needs, what it says, how it ends."""

import asyncio
import socket
import sys
import time
from asyncio.subprocess import PIPE, STDOUT
from operator import itemgetter

import httpx
import pytest
from flowkit.servers import NatsServer, free_port

from .answers import refused
from .process import a_gateway, answering, start

HEALTH = "/api/v1/healthcheck"


async def test_it_is_ready_over_nats_and_leaves_in_order(nats_server: NatsServer) -> None:
    async with a_gateway(nats_server.url, DRAIN_GRACE_MS="100") as gateway, httpx.AsyncClient() as http:
        await answering(f"{gateway.ops_url}/health/ready")
        asked = await http.get(gateway.url + HEALTH)
        began = time.monotonic()
        told = await gateway.stop()

    # Stages that were cut short would take 9.
    assert time.monotonic() - began < 5
    assert asked.json()["data"]["nats"] == "up"
    stages = [line["stage"] for line in told if line["event"] == "stop stage done"]
    assert stages[:4] == [
        "send clients elsewhere",
        "answer what is under way",
        "end what others asked for",
        "take no more work",
    ]
    assert stages[-2:] == ["close the ops port", "close telemetry"]
    requests = [line for line in told if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [(HEALTH, 503)]
    assert requests[0]["trace_id"] == asked.headers["x-trace-id"]


async def test_it_is_not_ready_from_the_moment_it_is_told_to_stop(nats_server: NatsServer) -> None:
    async with a_gateway(nats_server.url, DRAIN_GRACE_MS="3000") as gateway, httpx.AsyncClient() as http:
        await answering(f"{gateway.ops_url}/health/ready")
        stopping = asyncio.create_task(gateway.stop())
        await answering(f"{gateway.ops_url}/health/ready", 503, within=2)

        still = await http.get(f"{gateway.url}/nowhere")

        assert (still.status_code, still.headers["connection"]) == (404, "close")
        await stopping


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("serve", 2)])
async def test_a_word_it_does_not_know_starts_nothing(argument: str, code: int) -> None:
    asked = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway_service", argument, stdout=PIPE, stderr=STDOUT
    )
    told, _ = await asked.communicate()

    assert told == b"usage: python -m gateway_service [openapi | asyncapi [--whole]]\n"
    assert asked.returncode == code


async def test_without_nats_it_answers_at_once_that_nothing_is_there() -> None:
    async with a_gateway(f"nats://127.0.0.1:{free_port()}") as gateway, httpx.AsyncClient() as http:
        await answering(f"{gateway.url}/nowhere", 404)

        async def told() -> tuple[float, httpx.Response, httpx.Response]:
            began = time.monotonic()
            health = await http.get(gateway.url + HEALTH)
            login = await http.post(f"{gateway.url}/api/v1/admin/login", json={"email": "a@b", "password": "x"})
            return time.monotonic() - began, health, login

        took, health, login = min([await told() for _ in range(5)], key=itemgetter(0))
        # A busy machine is late now and then, but not every time.
        assert took < 0.5

        assert health.json()["data"]["nats"] == "down"
        assert health.status_code == 503
        refused(login, 503, "SERVICE_UNAVAILABLE", "Service unavailable")
        await answering(f"{gateway.ops_url}/health/ready", 503)
        await gateway.stop(within=6)


async def test_a_taken_port_is_told_and_nothing_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await start(PORT=str(port))
        told, fault = await process.communicate()

    assert (process.returncode, told) == (2, b"")
    assert fault.decode() == f"HOST and PORT: cannot listen at 127.0.0.1:{port}: another program listens there\n"


async def test_bad_settings_are_told_by_name() -> None:
    process = await start(PORT="http", CORS_ORIGINS="shop.example.org", REQUEST_TIMEOUT_MS="0")
    _, fault = await process.communicate()

    assert process.returncode == 2
    for name in (b"PORT", b"CORS_ORIGINS", b"REQUEST_TIMEOUT_MS"):
        assert name in fault
