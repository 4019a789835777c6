"""nats-server as a child: its settings, its port, its end."""

import asyncio
import json
import os
import signal
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from flowkit.servers import FolderInUse, NatsServer, PortTaken
from flowkit.servers.processes import is_alive

from .seeing import ends, parent_of_a_server


async def greeting(server: NatsServer) -> dict[str, Any]:
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            return json.loads((await reader.readline()).removeprefix(b"INFO "))
        finally:
            writer.close()


async def test_it_greets_with_jetstream_and_room_for_our_replies(nats: NatsServer) -> None:
    told = await greeting(nats)

    assert told["jetstream"] is True
    assert told["max_payload"] == 2 << 20


async def test_it_is_told_to_sync_before_it_acknowledges_and_says_so(nats: NatsServer) -> None:
    assert '"sync_interval": "always"' in nats.config.read_text()

    def varz() -> dict[str, Any]:
        with urllib.request.urlopen(f"{nats.monitor_url}/varz") as response:  # noqa: S310  our own server
            return json.load(response)

    assert (await asyncio.to_thread(varz))["jetstream"]["config"]["sync_always"] is True


async def test_it_comes_back_on_its_port_after_a_kill(nats: NatsServer) -> None:
    url, old = nats.url, nats.pid

    nats.kill()
    assert await nats.wait() == -signal.SIGKILL
    await nats.start()

    assert nats.url == url
    assert nats.pid != old
    assert await greeting(nats)


async def test_frozen_it_takes_a_connection_but_says_nothing(nats: NatsServer) -> None:
    nats.freeze()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await greeting(nats)
    finally:
        nats.thaw()

    assert await greeting(nats)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_it_takes_its_own_session_and_no_input(nats: NatsServer) -> None:
    assert os.getsid(nats.pid) == nats.pid
    assert Path(f"/proc/{nats.pid}/fd/0").readlink() == Path(os.devnull)


async def test_a_taken_port_is_told(nats: NatsServer, tmp_path: Path) -> None:
    second = NatsServer(tmp_path / "nats", port=nats.port)

    with pytest.raises(PortTaken, match=f"port {nats.port} is taken"):
        await second.start()

    assert not second.is_running


async def test_one_home_serves_one_server(tmp_path: Path) -> None:
    first, second = NatsServer(tmp_path), NatsServer(tmp_path)
    await first.start()

    with pytest.raises(FolderInUse, match=str(os.getpid())):
        await second.start()

    assert is_alive(first.pid)
    await first.stop()


async def test_a_home_remembers_its_port(tmp_path: Path) -> None:
    first = NatsServer(tmp_path)
    await first.start()
    await first.stop()

    second = NatsServer(tmp_path)
    await second.start()
    assert second.url == first.url
    await second.stop()
    assert not is_alive(second.pid)


async def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent, pid = await parent_of_a_server("nats", tmp_path)

    parent.kill()
    await parent.wait()

    assert await ends(pid)


async def test_what_a_crash_left_running_is_ended_by_the_next_start(tmp_path: Path) -> None:
    first = NatsServer(tmp_path)
    await first.start()
    first._lock.release()  # pyright: ignore[reportPrivateUsage]  as the kernel would, had we died

    second = NatsServer(tmp_path)
    await second.start()

    assert not is_alive(first.pid)
    assert await greeting(second)
    await first.wait()
    await second.stop()
