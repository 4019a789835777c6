"""Clusters of containers, one for each that is asked for."""

import json
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil

from tests.cluster.local import LOCAL, ROOT_PASSWORD
from tests.cluster.running import Running

from .cluster import ContainerCluster
from .images import Images
from .recipes import THIS_MACHINE

SHOWN_LINES, WIDEST = 6, 400


def this_machine_for_containers() -> str:
    """Its address on the engine's own bridge; where the engine is in a machine of its own, it forwards to loopback."""
    if sys.platform != "linux":
        return LOCAL
    asked = ("docker", "network", "inspect", "bridge")
    (bridge,) = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    addresses = psutil.net_if_addrs()[bridge["Options"]["com.docker.network.bridge.name"]]
    return next(each.address for each in addresses if each.family is socket.AF_INET)


@dataclass(frozen=True, slots=True)
class Containers:
    images: Images
    listen_on: str
    known_as: str = THIS_MACHINE
    clusters: list[ContainerCluster] = field(default_factory=list[ContainerCluster])

    @asynccontextmanager
    async def started(self, environ: Mapping[str, str] | None = None) -> AsyncGenerator[Running]:
        cluster = ContainerCluster(self.images, environ or {}, ROOT_PASSWORD)
        async with cluster:
            self.clusters.append(cluster)
            try:
                yield cluster.running
            finally:
                self.clusters.remove(cluster)

    def last_words(self) -> Mapping[str, Sequence[str]]:
        return {
            f"{name}, cluster {number}": [line[:WIDEST] for line in list(container.last_lines)[-SHOWN_LINES:]]
            for number, cluster in enumerate(self.clusters, 1)
            for name, container in cluster.containers.items()
        }
