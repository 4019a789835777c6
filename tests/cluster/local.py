"""The cluster as processes of this machine."""

import os
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.bus import PARTICIPANTS
from flowctl.cluster import Cluster
from flowkit.bus.users import names
from msgspec import UNSET

from .limits import OUT_OF_THE_WAY, PATIENT
from .logbook import LogBook
from .running import Running, RunningService

LOCAL = "127.0.0.1"
ROOT_PASSWORD = "the root's password, in the stories"


@dataclass(frozen=True, slots=True)
class _Listener:
    log: LogBook

    def line(self, process: str, line: bytes) -> None:
        self.log.add(process, line)

    def tell(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Processes:
    listen_on: str = LOCAL
    known_as: str = LOCAL
    _clusters: dict[str, Cluster] = field(default_factory=dict[str, Cluster])

    @asynccontextmanager
    async def started(self, environ: Mapping[str, str] | None = None) -> AsyncGenerator[Running]:
        async with processes(environ) as (cluster, running):
            self._clusters[running.gateway_url] = cluster
            yield running

    def behind(self, running: Running) -> Cluster:
        """The processes themselves, for whoever must end one."""
        return self._clusters[running.gateway_url]


@asynccontextmanager
async def started(environ: Mapping[str, str] | None = None, **options: Any) -> AsyncGenerator[Running]:
    """Every service a process of its own, with real servers, on free ports; gone at the end with all it stored."""
    async with processes(environ, **options) as (_, running):
        yield running


@asynccontextmanager
async def processes(
    environ: Mapping[str, str] | None = None, *, durable: bool = False, **options: Any
) -> AsyncGenerator[tuple[Cluster, Running]]:
    """The same, with a Cluster's own options, and the processes themselves, for whoever must end one."""
    log = LogBook()
    outer = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    told = outer | {"ROOT_ADMIN_PASSWORD": ROOT_PASSWORD} | OUT_OF_THE_WAY | PATIENT | dict(environ or {})
    with tempfile.TemporaryDirectory(prefix="flow-stories-") as folder:
        cluster = Cluster(Path(folder) / ".flow", environ=told, watcher=_Listener(log), durable=durable, **options)
        async with AsyncExitStack() as afterwards, cluster:
            # Root's, where they are durable, are elsewhere than the folder.
            afterwards.callback(shutil.rmtree, cluster.postgres.home, ignore_errors=True)
            yield cluster, _seen(cluster, log)


def _seen(cluster: Cluster, log: LogBook) -> Running:
    services = tuple(
        RunningService(each.name, each.ops_url, None if each.database_url is UNSET else each.database_url)
        for each in cluster.services
    )
    key = cluster.state.encryption_key.read_text().strip()
    nats_urls = {name: cluster.nats_url_of(name) for name in names(PARTICIPANTS)}
    return Running(cluster.gateway_url, nats_urls, services, log, ROOT_PASSWORD, key)
