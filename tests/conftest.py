"""The whole cluster, once for all stories, and those who use it."""

from collections.abc import AsyncGenerator, Callable

import pytest
from httpx import AsyncClient

from . import figures, which_cluster
from .cluster import People, Running
from .cluster.containers import Containers
from .cluster.starter import Starter


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    for plugin in (figures, which_cluster):
        pluginmanager.register(plugin)


@pytest.fixture(scope="session")
def starter(pytestconfig: pytest.Config) -> Starter:
    """Whoever starts a cluster of its own asks this one, so that its stories run on containers as well."""
    return pytestconfig.stash[which_cluster.STARTER]


@pytest.fixture(scope="session")
def containers(pytestconfig: pytest.Config) -> Containers:
    """Clusters of containers, whatever the stories run on; their images were built before the first test."""
    return pytestconfig.stash[which_cluster.DOCKED]


@pytest.fixture(scope="session")
async def cluster(starter: Starter) -> AsyncGenerator[Running]:
    # Refusals take less than usual: there are many, and each is waited for.
    async with starter.started({"PASSWORD_REFUSAL_MS": "400"}) as running:
        yield running
        running.assert_well_behaved()


@pytest.fixture(scope="session")
async def http(cluster: Running) -> AsyncGenerator[AsyncClient]:
    async with AsyncClient(base_url=cluster.gateway_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def people(http: AsyncClient, cluster: Running) -> People:
    return People(http, cluster.root_password)


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keep a figure this test has seen; all are listed when the run ends, whether it passed or not."""

    def keep(figure: str) -> None:
        request.node.user_properties.append((figures.FIGURE, figure))

    return keep
