"""The ops port: what it tells, and that nobody can hold it up."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from flowkit.process.ops import CannotListen, OpsServer
from flowkit.process.readiness import Readiness
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics


async def well() -> None:
    return


async def ill() -> None:
    raise ConnectionError("gone")


@asynccontextmanager
async def listening(readiness: Readiness | None = None, metrics: Metrics | None = None) -> AsyncGenerator[OpsServer]:
    ops = OpsServer("127.0.0.1", 0, readiness or Readiness(is_serving=True), metrics or Metrics("admin"))
    await ops.start()
    try:
        yield ops
    finally:
        await ops.close()


async def send(ops: OpsServer, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", ops.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def is_turned_away(ops: OpsServer) -> bool:
    try:
        return await send(ops, b"GET /health/live HTTP/1.1\r\n\r\n") == b""
    except ConnectionError:
        return True


async def connections(ops: OpsServer, count: int) -> None:
    """Until there are so many: sooner than their patience ends unless a test shortens it."""
    async with asyncio.timeout(4):
        while ops.connections != count:
            await asyncio.sleep(0.001)


async def get(ops: OpsServer, path: str, *headers: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    lines = (f"{method} {path} HTTP/1.1", "Host: here", *headers, "", "")
    answer = await send(ops, "\r\n".join(lines).encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *rest = head.decode().split("\r\n")
    return int(status.split()[1]), {n.lower(): v for n, _, v in (line.partition(": ") for line in rest)}, body


async def get_json(ops: OpsServer, path: str) -> tuple[int, Any]:
    status, headers, body = await get(ops, path)
    assert headers["content-type"] == "application/json"
    return status, json.loads(body)


async def test_a_living_process_says_so() -> None:
    async with listening() as ops:
        assert await get_json(ops, "/health/live") == (200, {"live": True})


async def test_a_ready_process_tells_of_its_parts() -> None:
    async with listening(Readiness({"nats": well}, is_serving=True)) as ops:
        told = {"ready": True, "checks": {"nats": "up"}, "stopping": False}
        assert await get_json(ops, "/health/ready?from=probe") == (200, told)


@pytest.mark.parametrize(
    ("readiness", "stopping"),
    [
        (Readiness({"nats": ill}, is_serving=True), False),
        (Readiness({"nats": ill}), False),
        (Readiness({"nats": ill}, is_serving=True, is_stopping=True), True),
    ],
)
async def test_a_process_that_is_not_ready_says_why(readiness: Readiness, stopping: bool) -> None:
    async with listening(readiness) as ops:
        told = {"ready": False, "checks": {"nats": "down"}, "stopping": stopping}
        assert await get_json(ops, "/health/ready") == (503, told)


async def test_metrics_in_the_format_that_was_asked_for() -> None:
    metrics = Metrics("admin")
    metrics.flow("api.v1.admin.login").done(None, 0.1)
    async with listening(metrics=metrics) as ops:
        _, text, page = await get(ops, "/metrics")
        _, openmetrics, _ = await get(ops, "/metrics", "Accept: application/openmetrics-text;version=1.0.0")

    assert text["content-type"].startswith("text/plain")
    assert openmetrics["content-type"].startswith("application/openmetrics-text")
    assert names.FLOWS_HANDLED.encode() in page


async def test_head_has_the_length_and_no_body() -> None:
    async with listening() as ops:
        status, headers, body = await get(ops, "/health/live", method="HEAD")

    assert (status, headers["content-length"], body) == (200, "13", b"")


async def test_anything_else_is_not_found_and_nothing_can_be_posted() -> None:
    async with listening() as ops:
        assert (await get_json(ops, "/"))[0] == 404
        status, headers, _ = await get(ops, "/metrics", method="POST")

    assert (status, headers["allow"], headers["connection"]) == (405, "GET, HEAD", "close")


@pytest.mark.parametrize(
    "junk", [b"\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET\r\n\r\n", b"GET \xff\xfe\r\n:::\r\n\r\n"]
)
async def test_junk_is_refused(junk: bytes) -> None:
    async with listening() as ops:
        assert (await send(ops, junk)).split()[1] in (b"404", b"405")


async def test_a_head_longer_than_8_kib_is_refused() -> None:
    async with listening() as ops:
        assert (await send(ops, b"GET / HTTP/1.1\r\nX: " + b"x" * 9_000)).split()[1] == b"431"


async def test_one_who_hangs_up_without_a_word_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    async with listening() as ops:
        _, writer = await asyncio.open_connection("127.0.0.1", ops.port)
        writer.close()
        await writer.wait_closed()
        assert (await get_json(ops, "/health/live"))[0] == 200

    assert capfd.readouterr() == ("", "")


async def test_those_who_never_finish_their_request_are_bounded_and_dropped() -> None:
    async with listening() as ops:
        ops.patience = 2
        idle = [await asyncio.open_connection("127.0.0.1", ops.port) for _ in range(64)]
        for _, writer in idle:
            writer.write(b"GET /health")
        assert await is_turned_away(ops)
        async with asyncio.timeout(4):
            assert await asyncio.gather(*(reader.read() for reader, _ in idle)) == [b""] * 64
        assert (await get_json(ops, "/health/live"))[0] == 200
        for _, writer in idle:
            writer.close()


async def test_one_who_never_reads_is_dropped_too() -> None:
    class Endless(Metrics):
        def render(self, accept: str = "") -> tuple[bytes, str]:
            return b"x" * 20_000_000, "text/plain"

    async with listening(metrics=Endless("admin")) as ops:
        ops.patience = 0.3
        _, writer = await asyncio.open_connection("127.0.0.1", ops.port, limit=1024)
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        await connections(ops, 1)
        await connections(ops, 0)
        writer.close()


async def test_what_cannot_be_told_is_an_error_and_not_the_end() -> None:
    class Faulty(Metrics):
        def render(self, accept: str = "") -> tuple[bytes, str]:
            raise RuntimeError("no metrics")

    async with listening(metrics=Faulty("admin")) as ops:
        assert (await get(ops, "/metrics"))[0] == 500
        assert (await get_json(ops, "/health/live"))[0] == 200


async def test_a_taken_port_is_a_clear_error() -> None:
    async with listening() as ops:
        second = OpsServer("127.0.0.1", ops.port, ops.readiness, ops.metrics)
        with pytest.raises(CannotListen, match=f"127.0.0.1:{ops.port} is taken: set OPS_PORT"):
            await second.start()


async def test_closing_does_not_wait_for_those_who_are_connected() -> None:
    async with listening() as ops:
        _, writer = await asyncio.open_connection("127.0.0.1", ops.port)
        await connections(ops, 1)
        began = time.monotonic()
    assert time.monotonic() - began < 2.5
    writer.close()
