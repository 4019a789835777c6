"""docs/add-a-flow.md, followed word for word in a copy of the code."""

import os
import sys
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.cluster import People, started
from tests.cluster.logbook import steps
from tests.docs import patches

pytestmark = pytest.mark.timeout(180)

PATH = "/api/v1/customers/count"


@pytest.fixture(scope="module")
async def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, with every change of the checklist made in it."""
    folder = patches.copied(tmp_path_factory.mktemp("copy"))
    for change in patches.changes():
        await patches.apply(change, folder)
    return folder


@pytest.fixture(scope="module")
def environ(copy: Path) -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": patches.python_path(copy)}


async def test_the_checklist_has_a_change_for_every_part(copy: Path) -> None:
    told = "".join(patches.changes())

    for part in ("libs/contracts", "customer_service/flows", "customer_service/service.py", "routes.py", "tests/"):
        assert part in told
    assert (copy / "services/customer/tests/test_count_customers.py").exists()


async def test_the_flows_own_test_passes(copy: Path, environ: dict[str, str]) -> None:
    test = "services/customer/tests/test_count_customers.py"

    code, output = await patches.run(
        copy, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test, environ=environ
    )

    assert code == 0, output
    assert "1 passed" in output


async def test_the_changes_keep_the_style(copy: Path) -> None:
    for check in (("check",), ("format", "--check")):
        code, output = await patches.run(copy, sys.executable, "-m", "ruff", *check, *patches.touched())

        assert code == 0, output


async def test_the_route_answers_and_its_step_is_told(copy: Path, environ: dict[str, str]) -> None:
    code, users = await patches.run(copy, sys.executable, "-m", "flowctl", "bus", "users", environ=environ)
    assert code == 0, users
    async with started({"PYTHONPATH": environ["PYTHONPATH"]}, bus_users=users) as cluster:
        async with AsyncClient(base_url=cluster.gateway_url, timeout=30) as http:
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
