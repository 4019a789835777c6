"""The probe, as a container's supervisor runs it: a program of its own, against an ops port."""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from flowkit import probe
from flowkit.servers import free_port

PROGRAM = Path(probe.__file__)
HEAVY = {"asyncio", "http", "json", "site", "typing", "urllib", "flowkit"}


async def exit_code(port: int, host: str = "127.0.0.1") -> int:
    environ = {"OPS_HOST": host, "OPS_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", str(PROGRAM), env=environ)
    return await process.wait()


@asynccontextmanager
async def answering(answer: bytes) -> AsyncGenerator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(answer if head.startswith(b"GET /health/ready ") else b"HTTP/1.1 404 Not Found\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", ""])
async def test_a_ready_process_is_well(host: str) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n{}") as port:
        assert await exit_code(port, host) == 0


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 Service Unavailable\r\n\r\n", b"", b"200 of something else"])
async def test_a_process_that_says_anything_else_is_not(answer: bytes) -> None:
    async with answering(answer) as port:
        assert await exit_code(port) == 1


async def test_nor_is_one_that_is_not_there() -> None:
    assert await exit_code(free_port()) == 1


def test_nor_is_one_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PATIENCE_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not probe.is_ready({"OPS_PORT": str(silent.getsockname()[1])})


async def test_it_loads_nothing_heavy() -> None:
    environ = {"OPS_PORT": str(free_port())}
    command = [sys.executable, "-I", "-S", "-X", "importtime", str(PROGRAM)]
    process = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.PIPE)
    _, told = await process.communicate()

    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.decode().splitlines()}
    assert "socket" in loaded
    assert not HEAVY & loaded
