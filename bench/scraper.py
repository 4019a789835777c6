"""A Prometheus in its habits: asks every ops port for its figures, again and again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
from flowctl.cluster import Cluster

EVERY_S = 5.0
_ACCEPTED = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3"


@asynccontextmanager
async def scraped(cluster: Cluster) -> AsyncGenerator[None]:
    """From now on, until the block ends."""
    async with httpx.AsyncClient(headers={"Accept": _ACCEPTED, "Accept-Encoding": "gzip"}) as client:
        scraping = asyncio.ensure_future(
            _scrape(client, [f"{service.ops_url}/metrics" for service in cluster.services])
        )
        try:
            yield
        finally:
            scraping.cancel()
            await asyncio.wait([scraping])


async def _scrape(client: httpx.AsyncClient, urls: list[str]) -> None:
    while True:
        for answer in await asyncio.gather(*(client.get(url) for url in urls)):
            answer.raise_for_status()
        await asyncio.sleep(EVERY_S)
