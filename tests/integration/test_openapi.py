"""The API keeps to its OpenAPI document: schemathesis tries what the document allows, and what it does not."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.cluster import Line, People, Running

EXAMPLES = 20
WITHIN_S = 120


async def tried(cluster: Running, folder: Path, token: str = "") -> tuple[int, str]:
    """Every phase and every check of schemathesis, the same requests each time; its exit code and report."""
    # Who signs out in the middle tries no more of what those signed in may, and signs all other stories' root out.
    staying = ("--exclude-path", "/api/v1/auth/logout")
    signed_in = ("--header", f"Authorization: Bearer {token}", *staying) if token else ()
    how = ("--generation-deterministic", "--max-examples", str(EXAMPLES), "--continue-on-failure")
    shown = ("--no-color", "--warnings", "off")
    document = f"{cluster.gateway_url}/api/openapi.json"
    runs = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", document, *how, *shown, *signed_in),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(WITHIN_S):
        report, _ = await runs.communicate()
    return runs.returncode or 0, report.decode()


def told_so_far(cluster: Running) -> dict[str, int]:
    return {name: len(lines) for name, lines in cluster.log.lines.items()}


def told_since(cluster: Running, then: dict[str, int]) -> list[Line]:
    return [line for name, lines in cluster.log.lines.items() for line in lines[then.get(name, 0) :]]


@pytest.mark.timeout(150)
async def test_nothing_the_document_allows_or_forbids_is_answered_otherwise_than_it_says(
    cluster: Running, people: People, tmp_path: Path
) -> None:
    then = told_so_far(cluster)

    outcomes = await asyncio.gather(
        tried(cluster, tmp_path, (await people.root()).token),
        tried(cluster, tmp_path, (await people.new_customer()).token),
        tried(cluster, tmp_path),
    )

    for code, report in outcomes:
        assert code == 0, report
    lines = told_since(cluster, then)
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) > 1000
    assert [line for line in requests if line["status"] >= 500] == []
    assert [line for line in lines if line["level"] in ("error", "critical")] == []
    assert cluster.log.unreadable == []


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
        ("GET", "/api/v1/customers"),
        ("GET", "/api/v1/customers/{id}"),
        ("GET", "/api/v1/customers/{id}/export"),
        ("PUT", "/api/v1/customers/{id}"),
        ("DELETE", "/api/v1/customers/{id}"),
        ("PUT", "/api/v1/customers/{id}/status"),
    }
    assert {"201", "400", "401", "403", "409", "413", "415", "429", "431", "500", "502", "503", "504"} <= told[
        "POST", "/api/v1/admin/create-admin"
    ]
    assert {"200", "401", "404"} <= told["GET", "/api/v1/customers/{id}"]
