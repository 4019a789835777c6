"""What stories of the wire need beside the cluster."""

from collections.abc import AsyncGenerator

import pytest

from tests.cluster import Running

from .bus import Bus, connected


@pytest.fixture(scope="session")
async def bus(cluster: Running) -> AsyncGenerator[Bus]:
    async with connected(cluster.nats_url) as client:
        yield client
