"""A cluster's start and stop: nothing left behind, nothing in the way of the next one."""

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path

import pytest
from flowctl.cluster import Cluster, ClusterNotStarted, GatewayPortTaken, ServiceSpec, SettingsRefused, leftovers
from flowkit.servers import FolderInUse
from flowkit.servers.processes import alive_after, is_alive

from .conftest import SPECS, Build
from .heard import Heard

pytestmark = pytest.mark.timeout(180)
CUSTOMER = (ServiceSpec("customer", "stand_in", has_database=False),)


def pids(cluster: Cluster) -> list[int]:
    return [process.pid for group in cluster.processes.values() for process in group]


async def test_all_of_it_stops_the_gateway_first_and_the_servers_last(build: Build, tmp_path: Path) -> None:
    heard = Heard()
    cluster = build(tmp_path / ".flow", watcher=heard)
    await cluster.start()
    running = pids(cluster)

    await cluster.stop()

    assert not [pid for pid in running if is_alive(pid)]
    stopped = [text.split()[0] for text in heard.told if " stopped in " in text]
    assert stopped[0] == "gateway"
    assert set(stopped[1:3]) == {"admin", "customer"}
    assert set(stopped[3:]) == {"nats", "postgres"}
    assert {file.name for file in (tmp_path / ".flow").iterdir()} == {"logs", "nats"}
    assert not cluster.postgres.home.exists()


async def test_a_second_start_finds_its_data_and_addresses_again(build: Build, lasting: Path) -> None:
    async with build(lasting, durable=True) as first:
        urls = (first.nats.url, first.postgres.url, await first.postgres.create_database("admin"))
        assert first.root_admin.password is not None

    async with build(lasting, durable=True) as second:
        assert (second.nats.url, second.postgres.url, second.processes["admin"][0].database_url) == urls
        assert second.root_admin.password is None

    async with build(lasting, {"ROOT_ADMIN_PASSWORD": "correct horse"}, durable=True):
        asked = json.loads((lasting / "logs/seed.log").read_text())
        assert asked["arguments"] == ["seed", "--new-password"]
        assert asked["environ"]["ROOT_ADMIN_PASSWORD"] == "correct horse"


async def test_a_given_root_password_is_passed_on(build: Build, settled: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    heard = Heard()

    async with build(settled, {"ROOT_ADMIN_PASSWORD_FILE": str(secret)}, watcher=heard, durable=True) as cluster:
        assert cluster.root_admin.is_given
        await heard.until(lambda: any(name == "admin" for name, _ in heard.lines))

    assert heard.last("admin", "started")["environ"]["ROOT_ADMIN_PASSWORD"] == "from a file"


async def test_a_folder_is_one_cluster_s(build: Build, settled: Path) -> None:
    async with build(settled, services=CUSTOMER, durable=True) as first:
        with pytest.raises(FolderInUse):
            await build(settled, services=CUSTOMER, durable=True).start()

        assert all(is_alive(pid) for pid in pids(first))
        assert first.state.description.exists()


async def test_a_taken_port_leaves_nothing_behind(build: Build, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cluster = build(tmp_path / ".flow", port=port)
        with pytest.raises(GatewayPortTaken, match=str(port)):
            await cluster.start()

    assert not cluster.processes
    assert not cluster.state.folder.exists()


async def test_a_service_that_cannot_start_is_named_with_its_last_words(build: Build, settled: Path) -> None:
    cluster = build(settled, {"SAYS_AND_ENDS": "no such table"}, services=CUSTOMER, durable=True)

    with pytest.raises(ClusterNotStarted, match=r"(?s)customer ends again and again.*no such table"):
        await cluster.start()

    assert not [pid for pid in pids(cluster) if is_alive(pid)]


async def test_only_what_was_written_since_the_start_is_told_of_it(build: Build, settled: Path) -> None:
    (settled / "logs").mkdir(parents=True, exist_ok=True)
    with (settled / "logs/customer.log").open("a") as log:
        log.write("an old story\n")

    with pytest.raises(ClusterNotStarted, match="news") as fault:
        await build(settled, {"SAYS_AND_ENDS": "news"}, services=CUSTOMER, durable=True).start()

    assert "an old story" not in str(fault.value)


async def test_a_service_that_refuses_its_settings_is_not_started_again(build: Build, settled: Path) -> None:
    heard = Heard()

    with pytest.raises(SettingsRefused, match=r"(?s)customer cannot start.*These settings cannot be used$"):
        await build(settled, {"REFUSES": "1"}, services=CUSTOMER, watcher=heard, durable=True).start()

    assert heard.lines == [("customer", b"These settings cannot be used")]
    assert not [text for text in heard.told if "again" in text]


async def test_one_that_was_ready_once_is_started_again_whatever_its_code(build: Build, settled: Path) -> None:
    heard = Heard()
    async with build(settled, {"LEAVES_WITH": "2"}, services=CUSTOMER, watcher=heard, durable=True) as cluster:
        customer = cluster.processes["customer"][0]
        customer.terminate()
        assert await customer.wait() == 2

        await heard.until(lambda: customer.restarts == 1)
        await customer.ready()


async def test_a_start_that_is_broken_off_leaves_nothing_running(build: Build, settled: Path) -> None:
    heard = Heard()
    cluster = build(settled, {"NEVER_READY": "1"}, watcher=heard, durable=True)
    starting = asyncio.create_task(cluster.start())
    await heard.until(lambda: len(heard.lines) == len(SPECS))

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert not [pid for pid in pids(cluster) if is_alive(pid)]


async def test_a_kill_cuts_a_stop_short(build: Build, settled: Path) -> None:
    cluster = build(settled, services=CUSTOMER, durable=True)
    await cluster.start()
    customer = cluster.processes["customer"][0]
    customer.program.freeze()

    cluster.kill()
    async with asyncio.timeout(10):
        await cluster.stop()

    assert not [pid for pid in pids(cluster) if is_alive(pid)]


async def test_a_crash_of_the_supervisor_blocks_nothing(build: Build, settled: Path) -> None:
    script = Path(__file__).with_name("crashing.py")
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, str(script), str(settled), stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    left = [int(pid) for pid in (await supervisor.stdout.readline()).split()]

    supervisor.kill()
    assert await supervisor.wait() == -signal.SIGKILL
    async with build(settled, services=CUSTOMER, durable=True) as cluster:
        await cluster.processes["customer"][0].ready()

    assert not await alive_after(30, left)


async def test_what_a_crash_left_is_ended_when_it_is_ours_and_only_then(tmp_path: Path) -> None:
    ours, strangers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(60)") for _ in range(2)
    ]
    record = tmp_path / "pids.json"
    leftovers.record([ours.pid], record)
    began = record.read_text()
    leftovers.record([strangers.pid], record)
    reused = record.read_text().replace('"began":', '"began":1')
    record.write_text(f"[{began.strip('[]')},{reused.strip('[]')}]")

    assert await leftovers.end_recorded(record) == [ours.pid]

    assert await ours.wait() == -signal.SIGKILL
    assert is_alive(strangers.pid)
    strangers.kill()
    await strangers.wait()
