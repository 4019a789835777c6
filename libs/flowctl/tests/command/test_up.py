"""`flow up` as a person meets it."""

import asyncio
import shutil
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import pytest
from flowctl.cluster.description import read
from flowkit.servers import free_port
from flowkit.servers.http import get
from flowkit.servers.processes import alive_after, descendants

from .running import READY, up


@pytest.fixture
def folder(tmp_path: Path) -> Generator[Path]:
    """A project whose databases are removed with it, wherever they lie."""
    yield tmp_path
    if (tmp_path / ".flow/postgres").exists():
        shutil.rmtree((tmp_path / ".flow/postgres").resolve())


async def test_it_shows_where_all_is_and_stops_in_order(folder: Path) -> None:
    port = free_port()
    async with up(folder, PORT=str(port)) as command:
        await command.says(READY)
        family = descendants(command.process.pid)
        # A Ctrl-C at the terminal, passed on by a `make` once more.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            command.process.send_signal(number)
        assert await command.ends() == 0

    for told in (f"http://127.0.0.1:{port}/api/docs", "nats://", ".flow/cluster.json", ".flow/logs"):
        assert told in command.said
    assert command.said.index("gateway stopped") < command.said.index("admin stopped")
    assert command.said.index("customer stopped") < command.said.index("nats stopped")
    assert not await alive_after(0, family)
    assert not {"lock", "cluster.json", "pids.json"} & {file.name for file in (folder / ".flow").iterdir()}


async def test_a_request_is_shown_as_a_tree(folder: Path) -> None:
    async with up(folder) as command:
        await command.says(READY)
        await get(f"{read(folder / '.flow/cluster.json').gateway_url}/lamp")
        await command.says("Switching the light on")
        command.process.send_signal(signal.SIGHUP)
        assert await command.ends() == 0

    assert f"GET /lamp  200  1.5 ms  {'ab' * 16}" in command.said


async def test_a_killed_one_does_not_block_the_next_and_the_password_is_told_once(folder: Path) -> None:
    port = str(free_port())
    async with up(folder, PORT=port) as first:
        await first.says(READY)
        first.process.kill()
        await first.process.wait()

    async with up(folder, PORT=port) as second:
        await second.says(READY)
        second.process.send_signal(signal.SIGTERM)
        assert await second.ends() == 0

    assert "admin@local, password " in first.said
    assert "(shown this once)" in first.said
    assert "(shown this once)" not in second.said
    assert "flow seed --new-password" in second.said


async def test_a_given_password_is_not_shown_and_a_second_one_names_the_first(folder: Path) -> None:
    async with up(folder, ROOT_ADMIN_PASSWORD="correct horse") as first:
        await first.says(READY)
        async with up(folder) as second:
            assert await second.ends() == 2
        first.process.send_signal(signal.SIGTERM)
        assert await first.ends() == 0

    assert f"as process {first.process.pid}" in second.said
    assert "correct horse" not in first.said
    assert "with ROOT_ADMIN_PASSWORD" in first.said


async def test_a_taken_port_is_a_clear_error(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with up(folder, PORT=str(port)) as command:
            assert await command.ends() == 2

    assert f"port {port} is taken" in command.said
    assert f"PORT={port + 1}" in command.said
    assert not (folder / ".flow").exists()


async def test_a_port_that_is_none_is_a_clear_error(folder: Path) -> None:
    async with up(folder, PORT="many") as command:
        assert await command.ends() == 2

    assert "PORT" in command.said
    assert "many" in command.said


async def test_asked_while_it_starts_it_leaves_nothing_running(folder: Path) -> None:
    async with up(folder, NEVER_READY="1") as command:
        await command.says("starting gateway")
        family = descendants(command.process.pid)
        command.process.send_signal(signal.SIGINT)
        assert await command.ends() == 0

    assert not await alive_after(0, family)


async def test_a_second_ctrl_c_ends_all_at_once(folder: Path) -> None:
    async with up(folder, STUBBORN="1") as command:
        await command.says(READY)
        family = descendants(command.process.pid)
        command.process.send_signal(signal.SIGINT)
        await asyncio.sleep(0.6)
        command.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(3):
            await command.ends()

    assert not await alive_after(0, family)


async def test_it_outlives_whoever_read_it(folder: Path) -> None:
    async with up(folder) as command:
        await command.says(READY)
        gateway = read(folder / ".flow/cluster.json").gateway_url
        command.stop_reading()
        for _ in range(3):
            assert await get(f"{gateway}/lamp") == 200
            await asyncio.sleep(0.1)
        command.process.send_signal(signal.SIGTERM)
        assert await command.process.wait() == 0
