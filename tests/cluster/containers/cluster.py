"""NATS, PostgreSQL and every service, each a container on a network of their own."""

import asyncio
import secrets
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from contracts.bus import PARTICIPANTS
from flowctl.cluster import SERVICES, ServiceSpec
from flowctl.cluster.environment import KEYS_ENCRYPTION_KEY
from flowctl.cluster.services import AUTH, GATEWAY
from flowkit.bus.users import names
from flowkit.servers.databases import Databases
from testcontainers.core.network import Network

from tests.cluster.limits import OUT_OF_THE_WAY, PATIENT
from tests.cluster.logbook import LogBook
from tests.cluster.running import Running, RunningService

from .container import HOST, Container, Recipe
from .engine import mine
from .images import Images
from .recipes import GATEWAY_PORT, NATS, NATS_PORT, OPS_PORT, POSTGRES, POSTGRES_PORT, nats, nats_url, postgres, service

_PUBLISHED_ON = "com.docker.network.bridge.host_binding_ipv4"


@dataclass(slots=True)
class ContainerCluster:
    images: Images
    environ: Mapping[str, str] = field(repr=False)
    root_password: str = field(repr=False)
    encryption_key: str = field(default_factory=lambda: secrets.token_hex(32), init=False, repr=False)
    log: LogBook = field(default_factory=LogBook)
    containers: dict[str, Container] = field(default_factory=dict[str, Container])
    _passwords: Mapping[str, str] = field(init=False, repr=False)
    """Of the users of the bus."""
    _network: Network = field(init=False)
    _creating: asyncio.Task[Network] | None = field(default=None, init=False)
    _database_urls: dict[str, str] = field(default_factory=dict[str, str], init=False, repr=False)

    def __post_init__(self) -> None:
        self._passwords = {name: secrets.token_urlsafe(24) for name in names(PARTICIPANTS)}
        self._network = Network(docker_network_kw={"options": {_PUBLISHED_ON: HOST}, "labels": mine()})

    async def __aenter__(self) -> Self:
        try:
            self._creating = asyncio.create_task(asyncio.to_thread(self._network.create))
            await asyncio.shield(self._creating)
            databases = await self._start_servers()
            await _all_of(self._start_service(spec, databases) for spec in SERVICES)
        except BaseException:
            await self.remove()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.remove()

    async def remove(self) -> None:
        removals = (container.remove() for container in self.containers.values())
        faults = [fault for fault in await asyncio.gather(*removals, return_exceptions=True) if fault is not None]
        if self._creating is not None:
            await self._creating
            await asyncio.to_thread(self._network.remove)
        if faults:
            raise BaseExceptionGroup("containers that could not be removed", faults)

    @property
    def running(self) -> Running:
        gateway, nats_server = self.containers[GATEWAY], self.containers[NATS]
        return Running(
            f"http://{gateway.address(GATEWAY_PORT)}",
            {name: nats_url(name, self._passwords, nats_server.address(NATS_PORT)) for name in self._passwords},
            tuple(self._seen(spec.name) for spec in SERVICES),
            self.log,
            self.root_password,
            self.encryption_key,
        )

    def _seen(self, name: str) -> RunningService:
        return RunningService(name, f"http://{self.containers[name].address(OPS_PORT)}", self._database_urls.get(name))

    async def _start_servers(self) -> Databases:
        password, others = secrets.token_urlsafe(24), self.images.others
        recipes = nats(others["NATS_IMAGE"], self._passwords), postgres(others["POSTGRES_IMAGE"], password)
        await _all_of(self._start(Container(recipe, self._network)) for recipe in recipes)
        port = self.containers[POSTGRES].address(POSTGRES_PORT).rpartition(":")[2]
        return Databases(int(port), password)

    async def _start_service(self, spec: ServiceSpec, databases: Databases) -> None:
        if spec.has_database:
            self._database_urls[spec.name] = await databases.create(spec.name, spec.name, None, None)
        recipe = self._recipe(spec.name, databases)
        await self._start(Container(recipe, self._network, partial(self.log.add, spec.name)))

    def _recipe(self, name: str, databases: Databases) -> Recipe:
        url = self._database_urls.get(name)
        if url is not None:
            url = url.replace(f"{HOST}:{databases.port}", f"{POSTGRES}:{POSTGRES_PORT}")
        told = {"NATS_URL": nats_url(name, self._passwords), "ROOT_ADMIN_PASSWORD": self.root_password}
        told |= OUT_OF_THE_WAY | PATIENT | dict(self.environ)
        if name == AUTH:
            told = {KEYS_ENCRYPTION_KEY: self.encryption_key} | told
        return service(name, self.images.of_services[name], told, url)

    async def _start(self, container: Container) -> None:
        self.containers[container.recipe.name] = container
        await container.start()


async def _all_of(starts: Iterable[Coroutine[Any, Any, None]]) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for start in starts:
                group.create_task(start)
    except* Exception as faults:  # noqa: BLE001  the first is passed on as it is
        raise faults.exceptions[0] from None
