"""Prometheus as it is deployed, but for where it finds what it scrapes."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from flowkit.servers import free_port
from httpx import AsyncClient, HTTPError

from tests.cluster import Running
from tests.cluster.containers import pinned
from tests.cluster.containers.engine import mine
from tests.docker.compose.engine import docker
from tests.observability.configurations import DEPLOY, read

FOLDER = DEPLOY / "prometheus"
IMAGE = pinned()["PROMETHEUS_IMAGE"]
# So that the next run finds what a killed one leaves.
LABELS = tuple(part for key, value in mine().items() for part in ("--label", f"{key}={value}"))
READY_WITHIN_S = 30.0
_WATCHED = read(DEPLOY / "compose/observability.yaml")["services"]["prometheus"]

type Series = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prometheus:
    client: AsyncClient

    async def query(self, expression: str) -> Sequence[Series]:
        """The series of an expression, those without a number left out."""
        series = (await self._ask("query", query=expression))["result"]
        return [each for each in series if each["value"][1] != "NaN"]

    async def rules(self) -> Sequence[Mapping[str, Any]]:
        return [rule for group in (await self._ask("rules"))["groups"] for rule in group["rules"]]

    async def values(self, label: str, metric: str) -> Sequence[str]:
        return await self._ask(f"label/{label}/values", **{"match[]": metric})

    async def exemplars(self, metric: str) -> set[str]:
        """The trace ids that Prometheus keeps beside a metric."""
        told = await self._ask("query_exemplars", query=metric, start="0", end="9999999999")
        return {each["labels"]["trace_id"] for series in told for each in series["exemplars"]}

    async def is_ready(self) -> bool:
        try:
            return (await self.client.get("/-/ready")).is_success
        except HTTPError:
            return False

    async def _ask(self, path: str, **parameters: str) -> Any:
        answer = await self.client.get(f"/api/v1/{path}", params=parameters)
        assert answer.is_success, answer.text
        return answer.json()["data"]


@asynccontextmanager
async def scraping(cluster: Running, folder: Path) -> AsyncGenerator[Prometheus]:
    port = free_port()
    config = folder / "prometheus.yaml"
    config.write_text(yaml.safe_dump(_config(cluster, port)))
    mounts = (f"{config}:/etc/prometheus/prometheus.yaml:ro", f"{FOLDER / 'rules'}:/etc/prometheus/rules:ro")
    volumes = [part for mount in mounts for part in ("--volume", mount)]
    # On the host's own network, where the ops ports are, whatever the cluster runs on.
    told = ("run", "--detach", "--rm", "--network=host", *LABELS, *volumes, IMAGE, *_WATCHED["command"])
    container = (await docker(*told, f"--web.listen-address=127.0.0.1:{port}")).strip()
    try:
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            prometheus = Prometheus(client)
            await _ready(prometheus, container)
            yield prometheus
    finally:
        await docker("rm", "--force", "--volumes", container)


async def _ready(prometheus: Prometheus, container: str) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while not await prometheus.is_ready():
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(await docker("logs", "--tail", "20", container)) from None


def _config(cluster: Running, port: int) -> dict[str, Any]:
    """The one that is deployed; services are found at their ops ports here, others are not here to be scraped."""
    config = read(FOLDER / "prometheus.yaml")
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    services, itself = jobs["services"], jobs["prometheus"]
    del services["dns_sd_configs"]
    services["static_configs"] = [_target(service.name, service.ops_url) for service in cluster.services]
    itself["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    return config | {"scrape_configs": [services, itself]}


def _target(name: str, url: str) -> dict[str, Any]:
    return {"targets": [urlsplit(url).netloc], "labels": {"__meta_dns_name": name}}
