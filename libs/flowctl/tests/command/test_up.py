"""`flow up` as a person meets it."""

import asyncio
import signal
import socket
from pathlib import Path

import pytest
from flowctl.cluster.description import read
from flowkit.servers import free_port
from flowkit.servers.http import get
from flowkit.servers.processes import alive_after, descendants

from .running import READY, up

pytestmark = pytest.mark.timeout(180)


def files_in(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


async def test_it_shows_where_all_is_and_stops_in_order(settled: Path) -> None:
    port = free_port()
    async with up(settled, PORT=str(port)) as command:
        await command.says(READY)
        family = descendants(command.process.pid)
        # A Ctrl-C at the terminal, passed on by a `make` once more.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            command.process.send_signal(number)
        assert await command.ends() == 0

    for told in (f"http://127.0.0.1:{port}/api/docs", "nats://", ".flow/cluster.json", ".flow/logs"):
        assert told in command.said
    assert command.said.index("gateway stopped") < command.said.index("admin stopped")
    assert command.said.index("customer stopped") < command.said.index("nats stopped")
    assert not await alive_after(0, family)
    assert files_in(settled) == {"keys-encryption-key", "logs", "nats", "postgres"}


async def test_a_request_is_shown_as_a_tree(settled: Path) -> None:
    async with up(settled) as command:
        await command.says(READY)
        await get(f"{read(settled / 'cluster.json').gateway_url}/lamp")
        await command.says("Switching the light on")
        command.process.send_signal(signal.SIGHUP)
        assert await command.ends() == 0

    assert f"GET /lamp  200  1.5 ms  {'ab' * 16}" in command.said


async def test_a_killed_one_does_not_block_the_next_and_the_password_is_told_once(lasting: Path) -> None:
    port = str(free_port())
    async with up(lasting, PORT=port) as first:
        await first.says(READY)
        first.process.kill()
        await first.process.wait()

    async with up(lasting, PORT=port) as second:
        await second.says(READY)
        second.process.send_signal(signal.SIGTERM)
        assert await second.ends() == 0

    assert "admin@local, password " in first.said
    assert "(shown this once)" in first.said
    assert "(shown this once)" not in second.said
    assert "flow seed --new-password" in second.said


async def test_a_given_password_is_not_shown_and_a_second_one_names_the_first(settled: Path) -> None:
    async with up(settled, ROOT_ADMIN_PASSWORD="correct horse") as first:
        await first.says(READY)
        async with up(settled) as second:
            assert await second.ends() == 2
        first.process.send_signal(signal.SIGTERM)
        assert await first.ends() == 0

    assert f"as process {first.process.pid}" in second.said
    assert "correct horse" not in first.said
    assert "with ROOT_ADMIN_PASSWORD" in first.said
    assert "$ROOT_ADMIN_PASSWORD" not in first.said, "within single quotes no shell reads it"


async def test_a_taken_port_is_a_clear_error(lasting: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with up(lasting, PORT=str(port)) as command:
            assert await command.ends() == 2

    assert f"port {port} is taken" in command.said
    assert f"PORT={port + 1}" in command.said
    assert files_in(lasting.parent) == set()


async def test_a_port_that_is_none_is_a_clear_error(lasting: Path) -> None:
    async with up(lasting, PORT="many") as command:
        assert await command.ends() == 2

    assert "PORT" in command.said
    assert "many" in command.said


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ROOT_ADMIN_PASSWORD": "x" * 129}, "ROOT_ADMIN_PASSWORD: expects text of 1 to 128 characters"),
        ({"ROOT_ADMIN_PASSWORD_FILE": "/no/such"}, "ROOT_ADMIN_PASSWORD: its file '/no/such' cannot be read"),
    ],
)
async def test_a_root_password_that_is_none_is_a_clear_error(lasting: Path, given: dict[str, str], told: str) -> None:
    async with up(lasting, **given) as command:
        assert await command.ends() == 2

    assert told in command.said
    assert "Traceback" not in command.said


async def test_settings_a_service_refuses_are_a_clear_error(settled: Path) -> None:
    async with up(settled, REFUSES="1") as command:
        assert await command.ends() == 2

    assert "cannot start with these settings" in command.said
    assert "again" not in command.said


async def test_asked_while_it_starts_it_leaves_nothing_running(settled: Path) -> None:
    async with up(settled, NEVER_READY="1") as command:
        await command.says("starting gateway")
        family = descendants(command.process.pid)
        command.process.send_signal(signal.SIGINT)
        assert await command.ends() == 0

    assert not await alive_after(0, family)


async def test_a_second_ctrl_c_ends_all_at_once(settled: Path) -> None:
    async with up(settled, STUBBORN="1") as command:
        await command.says(READY)
        family = descendants(command.process.pid)
        command.process.send_signal(signal.SIGINT)
        await asyncio.sleep(2)
        command.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            await command.ends()

    assert "admin had to be killed" in command.said
    assert not await alive_after(10, family)


async def test_it_outlives_whoever_read_it(settled: Path) -> None:
    async with up(settled) as command:
        await command.says(READY)
        gateway = read(settled / "cluster.json").gateway_url
        command.stop_reading()
        for _ in range(3):
            assert await get(f"{gateway}/lamp") == 200
            await asyncio.sleep(0.1)
        command.process.send_signal(signal.SIGTERM)
        assert await command.process.wait() == 0
