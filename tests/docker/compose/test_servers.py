"""NATS and PostgreSQL under Compose are what the services were developed against."""

import json
from typing import Any

from flowkit.servers import NatsServer
from gateway_service.http.limits import LARGEST_BODY, LARGEST_HEAD
from httpx import AsyncClient

from .project import Project

SAME = ("max_payload", "ping_interval", "ping_max", "write_deadline")
VARZ = "import urllib.request as r; print(r.urlopen('http://nats:8222/varz', timeout=5).read().decode())"


async def deployed_nats(project: Project) -> dict[str, Any]:
    return json.loads(await project.run_in(await project.container("customer"), "python", "-c", VARZ))


async def local_nats() -> dict[str, Any]:
    async with NatsServer.temporary() as server, AsyncClient() as http:
        return (await http.get(f"{server.monitor_url}/varz")).json()


async def test_nats_is_set_up_as_where_the_services_are_developed(project: Project) -> None:
    deployed, local = await deployed_nats(project), await local_nats()

    assert {name: deployed[name] for name in SAME} == {name: local[name] for name in SAME}
    kept, known = deployed["jetstream"]["config"], local["jetstream"]["config"]
    assert kept["sync_always"]
    assert {**kept, "store_dir": ""} == {**known, "store_dir": ""}


async def test_the_largest_request_the_gateway_takes_fits_into_a_message(project: Project) -> None:
    assert (await deployed_nats(project))["max_payload"] / 2 > LARGEST_BODY + LARGEST_HEAD


async def test_postgresql_writes_before_it_acknowledges(project: Project) -> None:
    shown = ("fsync", "synchronous_commit", "full_page_writes")
    asked = [each for name in shown for each in ("-c", f"SHOW {name}")]
    psql = ("psql", "-U", "postgres", "--no-psqlrc", "-At", *asked)

    assert (await project.run_in(await project.container("postgres"), *psql)).split() == ["on"] * 3
