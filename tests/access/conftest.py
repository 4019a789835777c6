"""Those who ask, once for all that is asked."""

from collections.abc import AsyncGenerator

import pytest
from contracts import auth

from tests.cluster import People, Running
from tests.integration.bus import connected

from .cast import Cast


@pytest.fixture(scope="package")
async def cast(cluster: Running, people: People) -> AsyncGenerator[Cast]:
    badge = await badge_of("gateway", cluster)
    async with connected(cluster.nats_url) as bus:
        yield Cast(people, bus, badge, await people.new_admin())


async def badge_of(service: str, cluster: Running) -> str:
    async with connected(cluster.nats_urls[service]) as bus:
        return str((await bus.ask(auth.identities[service].subject)).body["data"]["token"])
