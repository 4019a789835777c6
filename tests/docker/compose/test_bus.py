"""The bus under Compose: whom it lets in, how an operator gets at it, and all of it over TLS by one setting."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from .crowd import people_of
from .engine import Failed
from .project import ROOT, SERVICES, Project, started
from .readiness import ready

ENDS_WITHIN_S = 30.0
OPERATOR = ROOT / "deploy/compose/operator.yaml"
ASK_BARELY = """
import socket, sys
server = socket.create_connection(("nats", 4222), 5)
print(server.recv(4096).decode())
server.sendall(b'CONNECT {"verbose":true}\\r\\nPING\\r\\n')
print(server.recv(4096).decode())
"""


async def flow(project: Project, *arguments: str, scheme: str = "nats") -> tuple[int, str]:
    """As docs/operations.md says."""
    password = (await project.compose("run", "--rm", "--no-deps", "bus", "password", "operator")).strip()
    place = (await project.container("nats")).published(4222)
    told = {"NATS_URL": f"{scheme}://operator:{password}@{place}"}
    if scheme == "tls":
        told["NATS_CA"] = await project.compose("run", "--rm", "--no-deps", "bus", "ca")
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "flowctl", *arguments)
    asked = await asyncio.create_subprocess_exec(*command, env=dict(os.environ) | told, stdout=pipe, stderr=pipe)
    output, errors = await asked.communicate()
    return asked.returncode or 0, (output + errors).decode()


@asynccontextmanager
async def reachable(project: Project) -> AsyncGenerator[Project]:
    """With NATS published on loopback, as docs/operations.md says."""
    opened = replace(project, files=(*project.files, OPERATOR), environ={**project.environ, "NATS_PORT": "0"})
    await nats_anew(opened)
    try:
        yield opened
    finally:
        await nats_anew(project)


async def nats_anew(project: Project) -> None:
    """As the files of the project have it; all who use it are back when this returns."""
    await project.compose("up", "--detach", "--no-deps", "nats")
    for service in SERVICES:
        await ready(await project.container(service))


async def test_a_stranger_in_the_network_is_not_let_in(project: Project) -> None:
    said = await project.run_in(await project.container("customer"), "python", "-c", ASK_BARELY)

    assert "Authorization Violation" in said


async def test_an_operator_lists_and_asks_from_this_machine(project: Project) -> None:
    before = {each.id for each in await project.containers(*SERVICES)}
    async with reachable(project) as opened:
        _, listed = await flow(opened, "ls")
        code, health = await flow(opened, "call", "api.v1.healthcheck")

    assert {each.id for each in await project.containers(*SERVICES)} == before
    assert all(f"flow.health.{service}" in listed for service in SERVICES), listed
    assert (code, "200" in health) == (0, True), health


async def test_passwords_and_certificates_stay_as_they_are(project: Project) -> None:
    told = ("run", "--rm", "--no-deps", "bus")
    before = [await project.compose(*told, *asked) for asked in (("password", "operator"), ("ca",))]

    await project.compose(*told)

    assert [await project.compose(*told, *asked) for asked in (("password", "operator"), ("ca",))] == before


async def test_a_new_password_shuts_out_who_has_the_old_one_and_the_service_comes_back(project: Project) -> None:
    customer = await project.container("customer")
    old = (await project.read(customer, "/run/bus/url")).strip()

    await project.compose("run", "--rm", "--no-deps", "bus", "renew", "customer")
    await project.compose("up", "--detach", "--wait", "--force-recreate", "bus", "nats")
    async with asyncio.timeout(ENDS_WITHIN_S):
        while "ending, since nats does not let us in" not in await project.said(customer):
            await asyncio.sleep(0.2)
    await ready(await project.container("customer"))

    new = (await project.read(await project.container("customer"), "/run/bus/url")).strip()
    assert new != old
    assert not [secret for secret in (old, new) if secret.split("@")[0] in await project.said(customer)]
    for service in SERVICES:
        await ready(await project.container(service))


async def test_a_setting_that_is_none_starts_nothing(project: Project) -> None:
    with pytest.raises(Failed, match="BUS_TLS is on or off, not perhaps"):
        await project.compose("run", "--rm", "--no-deps", "--env", "BUS_TLS=perhaps", "bus")


async def test_one_setting_encrypts_all_that_is_said_on_the_bus(tmp_path: Path) -> None:
    async with started(tmp_path, {"BUS_TLS": "on"}) as project:
        async with people_of(project) as people:
            assert (await people.new_customer()).token
        barely = await project.run_in(await project.container("customer"), "python", "-c", ASK_BARELY)
        async with reachable(project) as opened:
            _, listed = await flow(opened, "ls", scheme="tls")
            code, refused = await flow(opened, "ls")

    assert '"tls_required":true' in barely
    assert "PONG" not in barely
    assert "api.v1.customer.register" in listed
    assert code != 0
    assert "let NATS_URL begin with tls://" in refused
