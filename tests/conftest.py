"""The whole cluster, once for all stories, and those who use it."""

from collections.abc import AsyncGenerator

import pytest
from httpx import AsyncClient

from .cluster import People, Running, started


@pytest.fixture(scope="session")
async def cluster() -> AsyncGenerator[Running]:
    # Shorter than usual, since some stories wait for the end of them.
    async with started({"REQUEST_TIMEOUT_MS": "3000", "PASSWORD_REFUSAL_MS": "400"}) as running:
        yield running
        running.assert_well_behaved()


@pytest.fixture(scope="session")
async def http(cluster: Running) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=cluster.gateway_url, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def people(http: AsyncClient, cluster: Running) -> People:
    return People(http, cluster.root_password)
