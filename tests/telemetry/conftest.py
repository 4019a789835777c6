"""A cluster of its own, whose telemetry goes to a receiver in the test."""

from collections.abc import AsyncGenerator

import pytest
from flowctl.cluster import Cluster
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.local import Processes
from tests.cluster.starter import Starter

from .receiver import Receiver

# Sent soon, so that a test need not wait for long.
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BLRP_SCHEDULE_DELAY": "100"}


@pytest.fixture(scope="session")
async def receiver(starter: Starter) -> AsyncGenerator[Receiver]:
    async with Receiver(starter.listen_on) as receiver:
        yield receiver


@pytest.fixture(scope="session")
async def cluster(starter: Starter, receiver: Receiver) -> AsyncGenerator[Running]:
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{starter.known_as}:{receiver.port}"}
    async with starter.started(endpoint | SOON) as running:
        yield running


@pytest.fixture(scope="session")
def local(starter: Starter, cluster: Running) -> Cluster:
    """The processes of the cluster; only for stories that say they are of processes alone."""
    assert isinstance(starter, Processes)
    return starter.behind(cluster)


@pytest.fixture(scope="session")
async def http(cluster: Running) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=cluster.gateway_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def people(http: AsyncClient, cluster: Running) -> People:
    return People(http, cluster.root_password)
