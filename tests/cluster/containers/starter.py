"""Clusters of containers, one for each that is asked for."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.cluster.local import ROOT_PASSWORD
from tests.cluster.running import Running

from .cluster import ContainerCluster
from .images import Images
from .recipes import THIS_MACHINE

SHOWN_LINES, WIDEST = 6, 400


@dataclass(frozen=True, slots=True)
class Containers:
    images: Images
    listen_on: str
    known_as: str = THIS_MACHINE
    _clusters: dict[str, ContainerCluster] = field(default_factory=dict[str, ContainerCluster])

    @asynccontextmanager
    async def started(self, environ: Mapping[str, str] | None = None) -> AsyncGenerator[Running]:
        cluster = ContainerCluster(self.images, environ or {}, ROOT_PASSWORD)
        async with cluster:
            running = cluster.running
            self._clusters[running.gateway_url] = cluster
            try:
                yield running
            finally:
                del self._clusters[running.gateway_url]

    def behind(self, running: Running) -> ContainerCluster:
        """The containers themselves, for whoever must look into one or end it."""
        return self._clusters[running.gateway_url]

    def last_words(self) -> Mapping[str, Sequence[str]]:
        """What the report of a failure had better show of those that run."""
        return {
            f"{name}, cluster {number}": [line[:WIDEST] for line in list(container.last_lines)[-SHOWN_LINES:]]
            for number, cluster in enumerate(self._clusters.values(), 1)
            for name, container in cluster.containers.items()
        }
