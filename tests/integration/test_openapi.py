"""The API keeps to its OpenAPI document: schemathesis tries what the document allows, and what it does not."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.starter import Starter
from tests.figures import FIGURE

# Long, and the same requests at each run; `SCHEMATHESIS_SEED` and `SCHEMATHESIS_S` choose others.
SEED = os.environ.get("SCHEMATHESIS_SEED", "2023")
SECONDS = int(os.environ.get("SCHEMATHESIS_S", "60"))
CASES = re.compile(r"^\s+(\d+) generated, (\d+) passed", re.MULTILINE)
# It ends the session that all the other requests need, and is tried where there is none.
LEAVING = "auth.logout"


@dataclass(frozen=True, slots=True)
class Trial:
    code: int
    report: str

    @property
    def cases(self) -> int:
        found = CASES.search(self.report)
        assert found, self.report
        return int(found[1])


async def tried(cluster: Running, folder: Path, token: str = "") -> Trial:
    """Where its time was over before its first request was made, the machine was busy: it is given more."""
    trial = await _tried(cluster, folder, token, SECONDS)
    return trial if CASES.search(trial.report) else await _tried(cluster, folder, token, 4 * SECONDS)


async def _tried(cluster: Running, folder: Path, token: str, seconds: int) -> Trial:
    """Every phase and every check of schemathesis."""
    signed_in = ("--header", f"Authorization: Bearer {token}", "--exclude-operation-id", LEAVING) if token else ()
    how = ("--seed", SEED, "--max-time", str(seconds), "--continue-on-failure")
    shown = ("--no-color", "--warnings", "off")
    document = f"{cluster.gateway_url}/api/openapi.json"
    runs = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", document, *how, *shown, *signed_in),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    report, _ = await runs.communicate()
    return Trial(runs.returncode or 0, report.decode())


@pytest.fixture
async def quick(starter: Starter) -> AsyncGenerator[Running]:
    """A cluster of its own, in which no refusal takes its time."""
    async with starter.started({"PASSWORD_REFUSAL_MS": "0", "PASSWORD_MEMORY_MIB": "19"}) as running:
        yield running
        running.assert_well_behaved()


@pytest.mark.timeout(SECONDS * 6 + 120)
async def test_nothing_the_document_allows_or_forbids_is_answered_otherwise_than_it_says(
    quick: Running, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    async with AsyncClient(base_url=quick.gateway_url, timeout=30) as http:
        people = People(http, quick.root_password)
        root, customer = (await people.root()).token, (await people.new_customer()).token

    trials = await asyncio.gather(*(tried(quick, tmp_path, token) for token in (root, customer, "")))

    record_property(FIGURE, f"seed {SEED}, {SECONDS} s: {' + '.join(str(trial.cases) for trial in trials)} cases")
    for trial in trials:
        assert trial.code == 0, trial.report
    requests = [line for lines in quick.log.lines.values() for line in lines if line["event"] == "request"]
    assert [line for line in requests if line["status"] >= 500] == []
    assert {line["status"] for line in requests} >= {200, 201, 400, 401, 403, 404}


async def test_the_document_and_its_page_need_nothing_from_elsewhere(http: AsyncClient) -> None:
    document = (await http.get("/api/openapi.json")).json()
    page = await http.get("/api/docs")

    assert document["openapi"].startswith("3.1")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text.replace("/api/docs/", "")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    for asset in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert (await http.get(asset)).status_code == 200, asset


async def test_every_route_of_the_table_is_documented_with_its_errors(http: AsyncClient) -> None:
    paths = (await http.get("/api/openapi.json")).json()["paths"]

    told = {
        (method.upper(), path): set(operation["responses"])
        for path in paths
        for method, operation in paths[path].items()
    }
    assert told.keys() == {
        ("GET", "/api/v1/healthcheck"),
        ("POST", "/api/v1/admin/login"),
        ("POST", "/api/v1/admin/create-admin"),
        ("GET", "/api/v1/admin/list"),
        ("POST", "/api/v1/admin/password"),
        ("PUT", "/api/v1/admin/{id}/status"),
        ("POST", "/api/v1/customer/register"),
        ("POST", "/api/v1/customer/login"),
        ("POST", "/api/v1/customer/password"),
        ("GET", "/api/v1/auth/me"),
        ("POST", "/api/v1/auth/refresh"),
        ("POST", "/api/v1/auth/logout"),
        ("GET", "/api/v1/auth/sessions"),
        ("POST", "/api/v1/auth/api-keys"),
        ("GET", "/api/v1/auth/api-keys"),
        ("DELETE", "/api/v1/auth/api-keys/{id}"),
        ("GET", "/api/v1/customers"),
        ("GET", "/api/v1/customers/{id}"),
        ("GET", "/api/v1/customers/{id}/export"),
        ("PUT", "/api/v1/customers/{id}"),
        ("DELETE", "/api/v1/customers/{id}"),
        ("PUT", "/api/v1/customers/{id}/status"),
        ("POST", "/api/v1/orders"),
        ("GET", "/api/v1/orders"),
        ("GET", "/api/v1/orders/{id}"),
        ("GET", "/api/v1/customers/{customerId}/notifications"),
    }
    assert {"201", "400", "401", "403", "409", "413", "415", "429", "431", "500", "502", "503", "504"} <= told[
        "POST", "/api/v1/admin/create-admin"
    ]
    assert {"200", "401", "404"} <= told["GET", "/api/v1/customers/{id}"]
