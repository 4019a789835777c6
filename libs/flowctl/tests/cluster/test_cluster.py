"""A running cluster: what its processes are told, how they are kept running, what it tells of itself."""

import asyncio
import signal
import stat
from collections.abc import Callable

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none
import pytest
from flowctl.cluster import Cluster, Process
from flowctl.cluster.description import read
from flowkit.servers.processes import is_alive

from .heard import Heard

pytestmark = pytest.mark.timeout(180)


def started_again(process: Process) -> Callable[[], bool]:
    before = process.restarts
    return lambda: process.restarts > before


async def test_a_service_is_told_where_its_cluster_is(cluster: Cluster, heard: Heard) -> None:
    told = heard.last("customer", "started")["environ"]

    assert told["NATS_URL"] == cluster.nats_url_of("customer") != cluster.nats_url
    assert cluster.processes["customer"][0].ops_url == f"http://{told['OPS_HOST']}:{told['OPS_PORT']}"
    assert told["LOG_FORMAT"] == "json"
    assert not {"DATABASE_URL", "PORT", "ROOT_ADMIN_PASSWORD"} & told.keys()


async def test_a_service_that_stores_something_has_a_database_of_its_own(cluster: Cluster, heard: Heard) -> None:
    url = heard.last("admin", "started")["environ"]["DATABASE_URL"]

    connection = await asyncpg.connect(url)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    await connection.close()  # pyright: ignore[reportUnknownMemberType]

    assert url.endswith("/admin")


async def test_the_root_password_is_told_to_admin_alone(cluster: Cluster, heard: Heard) -> None:
    assert heard.last("admin", "started")["environ"]["ROOT_ADMIN_PASSWORD"] == cluster.root_admin.password
    assert len(cluster.root_admin.password or "") >= 12


async def test_each_gateway_listens_on_a_port_of_its_own(cluster: Cluster) -> None:
    first, second = cluster.processes["gateway"]

    assert first.url == cluster.gateway_url
    for each in (first, second):
        _, writer = await asyncio.open_connection("127.0.0.1", int(each.url.rpartition(":")[2]))
        writer.close()
        await writer.wait_closed()


async def test_a_running_cluster_describes_itself(cluster: Cluster) -> None:
    told = read(cluster.state.description)

    assert (told.gateway_url, told.nats_url) == (cluster.gateway_url, cluster.nats_url)
    assert [service.name for service in told.services] == ["gateway", "gateway", "admin", "customer"]
    assert [service.pid for service in told.services] == [
        process.pid for name in ("gateway", "admin", "customer") for process in cluster.processes[name]
    ]


def test_the_description_is_for_its_owner_alone(cluster: Cluster) -> None:
    assert stat.S_IMODE(cluster.state.description.stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.state.folder.stat().st_mode) == 0o700


async def test_a_service_that_dies_is_started_again_and_described_anew(cluster: Cluster, heard: Heard) -> None:
    customer = cluster.processes["customer"][0]
    old, again = customer.pid, started_again(customer)

    customer.kill()
    await heard.until(again)
    await customer.ready()

    assert customer.pid != old
    assert customer.pid in {service.pid for service in read(cluster.state.description).services}
    assert any(text.startswith("customer was ended by SIGKILL; starting it again") for text in heard.told)


async def test_a_service_that_leaves_is_started_again(cluster: Cluster, heard: Heard) -> None:
    customer = cluster.processes["customer"][0]
    again = started_again(customer)

    customer.terminate()
    assert await customer.wait() == 0
    await heard.until(again)
    await customer.ready()

    assert any(text.startswith("customer ended with code 0; starting it again") for text in heard.told)


async def test_the_servers_are_started_again_where_they_were(cluster: Cluster, heard: Heard) -> None:
    before = (cluster.nats.url, cluster.postgres.url)
    for name in ("nats", "postgres"):
        server = cluster.processes[name][0]
        again = started_again(server)

        server.kill()
        await heard.until(again)

        assert is_alive(server.pid)
    assert (cluster.nats.url, cluster.postgres.url) == before


async def test_what_crashed_may_be_left_away_for_a_while(cluster: Cluster) -> None:
    customer = cluster.processes["customer"][0]

    await customer.crash()
    try:
        assert not await customer.is_ready()
        assert await customer.wait() == -signal.SIGKILL
    finally:
        await customer.start()
        await customer.ready()


async def test_its_lines_are_kept_in_a_log(cluster: Cluster, heard: Heard) -> None:
    await heard.until(lambda: any(name == "gateway-2" for name, _ in heard.lines))

    kept = (cluster.state.logs / "gateway-2.log").read_bytes().splitlines()

    assert kept == [line for name, line in heard.lines if name == "gateway-2"]
