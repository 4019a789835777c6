"""What Compose tells of its containers, made into trees by `flow tree`."""

import subprocess
import sys
from datetime import UTC, datetime

from httpx import AsyncClient

from tests.cluster.people import a_newcomer

from .project import Project


async def test_a_registration_is_a_tree_of_what_its_services_thought(project: Project) -> None:
    began = datetime.now(UTC).isoformat()
    async with AsyncClient(base_url=await project.gateway_url(), timeout=10) as http:
        answer = await http.post("/api/v1/customer/register", json=a_newcomer())
    assert answer.status_code == 201

    shown = trees_in(await project.compose("logs", "--no-color", "--since", began))

    beginning = next(at for at, line in enumerate(shown) if answer.headers["x-trace-id"] in line)
    request, flow, *steps = shown[beginning : beginning + 6]
    assert request.startswith("POST /api/v1/customer/register  201")
    assert "customer · api.v1.customer.register  201" in flow
    assert "Hashing password  took" in "".join(steps)


def trees_in(log: str) -> list[str]:
    command = (sys.executable, "-m", "flowctl", "tree")
    return subprocess.run(
        command, input=log, capture_output=True, text=True, check=True, timeout=30
    ).stdout.splitlines()
