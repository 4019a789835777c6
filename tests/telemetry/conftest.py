"""A cluster of its own, whose telemetry goes to a receiver in the test."""

from collections.abc import AsyncGenerator

import pytest
from flowctl.cluster import Cluster
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.local import processes

from .receiver import Receiver

# Sent soon, so that a test need not wait for long.
SOON = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BLRP_SCHEDULE_DELAY": "100"}


@pytest.fixture(scope="session")
async def receiver() -> AsyncGenerator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
async def local(receiver: Receiver) -> AsyncGenerator[tuple[Cluster, Running]]:
    async with processes({"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url} | SOON) as both:
        yield both


@pytest.fixture(scope="session")
def cluster(local: tuple[Cluster, Running]) -> Running:
    return local[1]


@pytest.fixture(scope="session")
async def http(cluster: Running) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=cluster.gateway_url, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def people(http: AsyncClient, cluster: Running) -> People:
    return People(http, cluster.root_password)
