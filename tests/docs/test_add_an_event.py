"""docs/add-an-event.md, followed word for word in a copy of the code: a new consumer, over real servers."""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running, started
from tests.cluster.logbook import Line, steps
from tests.docs import patches
from tests.docs.patches import Checklist

# Many tests share the machine, and here a test of its own is run within one.
pytestmark = pytest.mark.timeout(180)

CHECKLIST = Checklist("add-an-event.md")
SUBJECT = "event.customer.deleted.v1"
WITHIN_S, EVERY_S = 60.0, 0.1


@pytest.fixture(scope="module")
async def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await CHECKLIST.followed(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def environ(copy: Path) -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": patches.python_path(copy)}


@pytest.fixture
async def cluster(copy: Path, environ: dict[str, str]) -> AsyncGenerator[Running]:
    users = await patches.users_of_the_bus(copy, environ)
    async with started({"PYTHONPATH": environ["PYTHONPATH"]}, bus_users=users) as running:
        yield running


async def test_the_checklist_has_a_change_for_every_part(copy: Path) -> None:
    told = "".join(CHECKLIST.changes)

    for part in (
        "contracts/customer.py",
        "contracts/bus.py",
        "tx.publish",
        "notification_service/service.py",
        "tests/",
    ):
        assert part in told
    assert (copy / "services/notification/tests/test_forget_customer.py").exists()


async def test_the_reactions_own_test_passes(copy: Path, environ: dict[str, str]) -> None:
    assert "1 passed" in await patches.passes(copy, "services/notification/tests/test_forget_customer.py", environ)


async def test_the_changes_keep_the_style(copy: Path) -> None:
    await patches.refuse_another_style(copy, CHECKLIST)


async def test_what_the_new_consumer_does_is_done_in_the_trace_of_what_caused_it(cluster: Running) -> None:
    async with AsyncClient(base_url=cluster.gateway_url, timeout=10) as http:
        people = People(http, cluster.root_password)
        ada, root = await people.new_customer(), await people.root()
        told = f"/api/v1/customers/{ada.id}/notifications"
        await until_told(http, told, root.bearer)

        gone = await http.delete(f"/api/v1/customers/{ada.id}", headers=root.bearer)
        line = await reacted(cluster, gone.headers["x-trace-id"])
        left = (await http.get(told, headers=root.bearer)).json()["data"]["total"]
        document = (await http.get("/api/asyncapi.json")).json()

    assert gone.status_code == 200
    assert (line["outcome"], line["attempt"], line["caller"]) == ("done", 1, "customer")
    assert steps(line) == ["Forgetting notifications", "SUCCESS"]
    assert left == 0
    assert document["operations"]["notification.reacts-to.customer.deleted.v1"]["action"] == "receive"


async def until_told(http: AsyncClient, path: str, bearer: dict[str, str]) -> None:
    """Welcomed, and told of the welcome order and what became of it."""
    async with asyncio.timeout(WITHIN_S):
        while (await http.get(path, headers=bearer)).json()["data"]["total"] < 3:
            await asyncio.sleep(EVERY_S)


async def reacted(cluster: Running, trace_id: str) -> Line:
    def found() -> list[Line]:
        return [line for line in cluster.log.of(trace_id, "event") if line["flow"] == SUBJECT]

    return (await cluster.log.until(found, f"a line of {SUBJECT} in trace {trace_id}"))[0]
