"""A cluster of its own that is used all the time, and a Prometheus that scrapes it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.starter import Starter
from tests.telemetry.receiver import Receiver

from .server import Prometheus, scraping
from .traffic import Traffic, flowing

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(180))


@pytest.fixture(scope="package")
async def used(starter: Starter) -> AsyncGenerator[Running]:
    # It sends its telemetry somewhere, so that there are figures about that too.
    async with Receiver(starter.listen_on) as receiver:
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{starter.known_as}:{receiver.port}"}
        async with starter.started(endpoint | {"PASSWORD_REFUSAL_MS": "400"}) as running:
            yield running


@pytest.fixture(scope="package")
async def traffic(used: Running) -> AsyncGenerator[Traffic]:
    async with AsyncClient(base_url=used.gateway_url, timeout=10) as client:
        traffic = Traffic(client, People(client, used.root_password))
        async with flowing(traffic):
            yield traffic


@pytest.fixture(scope="package")
async def prometheus(
    used: Running, traffic: Traffic, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Prometheus]:
    async with scraping(used, tmp_path_factory.mktemp("prometheus")) as prometheus:
        yield prometheus
