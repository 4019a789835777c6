"""docs/add-a-flow.md, followed word for word in a copy of the code."""

import os
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.cluster import People, started
from tests.cluster.logbook import steps
from tests.docs import patches
from tests.docs.patches import Checklist

# Many tests share the machine, and here a test of its own is run within one.
pytestmark = pytest.mark.timeout(180)

CHECKLIST = Checklist("add-a-flow.md")
PATH = "/api/v1/customers/count"


@pytest.fixture(scope="module")
async def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await CHECKLIST.followed(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def environ(copy: Path) -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": patches.python_path(copy)}


async def test_the_checklist_has_a_change_for_every_part(copy: Path) -> None:
    told = "".join(CHECKLIST.changes)

    for part in ("libs/contracts", "customer_service/flows", "customer_service/service.py", "routes.py", "tests/"):
        assert part in told
    assert (copy / "services/customer/tests/test_count_customers.py").exists()


async def test_the_flows_own_test_passes(copy: Path, environ: dict[str, str]) -> None:
    assert "1 passed" in await patches.passes(copy, "services/customer/tests/test_count_customers.py", environ)


async def test_the_changes_keep_the_style(copy: Path) -> None:
    await patches.refuse_another_style(copy, CHECKLIST)


async def test_the_route_answers_and_its_step_is_told(copy: Path, environ: dict[str, str]) -> None:
    users = await patches.users_of_the_bus(copy, environ)
    async with started({"PYTHONPATH": environ["PYTHONPATH"]}, bus_users=users) as cluster:
        async with AsyncClient(base_url=cluster.gateway_url, timeout=10) as http:
            people = People(http, cluster.root_password)
            ada = await people.new_customer()

            counted = await http.get(PATH, headers=(await people.root()).bearer)
            refused = await http.get(PATH, headers=ada.bearer)
            document = (await http.get("/api/openapi.json")).json()

        assert counted.json() == {"success": True, "status": 200, "data": {"total": 1}}
        assert refused.json()["message"] == "Required role: admin"
        assert PATH in document["paths"]
        line = await cluster.log.flow(counted.headers["x-trace-id"], "api.v1.customer.count")
        assert steps(line) == ["Counting customers", "SUCCESS"]
