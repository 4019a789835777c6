"""Those who use a project: clients of its gateways, and what they ask for."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from httpx import AsyncClient

from tests.cluster import People
from tests.integration.chaos.balancer import Balancer, Gateway
from tests.integration.chaos.traffic import Traffic

from .engine import Container
from .project import GATEWAY_PORT, OPS_PORT, Project

CUSTOMERS = 4
_TOLD_ONCE = re.compile(r"signs in as admin@local with (\S+) \(shown this once\)")


async def made_up_passwords(project: Project) -> list[str]:
    """All that the log of any admin tells."""
    logs = [await project.said(each) for each in await project.containers("admin")]
    return _TOLD_ONCE.findall("".join(logs))


@asynccontextmanager
async def people_of(project: Project, root_password: str = "") -> AsyncGenerator[People]:
    if not root_password:
        (root_password,) = await made_up_passwords(project)
    async with AsyncClient(base_url=await project.gateway_url(), timeout=10) as http:
        yield People(http, root_password)


async def traffic_of(project: Project, root_password: str = "") -> Traffic:
    async with people_of(project, root_password) as people:
        customers = [await people.new_customer() for _ in range(CUSTOMERS)]
        return Traffic((await people.root()).token, tuple(each.id for each in customers))


async def balancer_of(project: Project) -> Balancer:
    return Balancer([_gateway(each) for each in await project.containers("gateway")])


def _gateway(container: Container) -> Gateway:
    ops_url = f"http://{container.published(OPS_PORT)}"
    return Gateway(f"http://{container.published(GATEWAY_PORT)}", lambda: ops_url)
