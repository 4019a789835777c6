"""The cluster: servers, databases, services, and the order in which they come and go."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from contracts.bus import OPERATOR, PARTICIPANTS
from flowkit.bus.users import render
from flowkit.servers import NatsServer, PostgresServer, Server, free_port, is_taken
from flowkit.servers.postgres import temporary_home
from msgspec import UNSET

from flowctl.cluster import description, encryption_key, leftovers
from flowctl.cluster.description import Description, ServiceEntry
from flowctl.cluster.environment import ROOT_ADMIN_PASSWORD, SMTP_PASSWORD, handed_on, wants_tls
from flowctl.cluster.process import Process, start_all
from flowctl.cluster.readiness import all_ready
from flowctl.cluster.recipe import LOCAL, Recipe, local_url
from flowctl.cluster.root_admin import EMAIL, MARKER, RootAdmin, give_password
from flowctl.cluster.seats import seats
from flowctl.cluster.services import ADMIN, AUTH, GATEWAY, NOTIFICATION, SERVICES, ServiceSpec
from flowctl.cluster.state import State
from flowctl.cluster.watcher import Silent, Watcher

NATS, POSTGRES = "nats", "postgres"
BUS_USERS = render(PARTICIPANTS)


class GatewayPortTaken(Exception):
    """Another process listens where the gateway should."""


class Cluster:
    nats: NatsServer
    postgres: PostgresServer
    root_admin: RootAdmin

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        host: str = LOCAL,
        replicas: Mapping[str, int] | None = None,
        environ: Mapping[str, str] | None = None,
        services: Sequence[ServiceSpec] = SERVICES,
        watcher: Watcher | None = None,
        durable: bool = True,
        bus_users: str = BUS_USERS,
    ) -> None:
        """`folder` is its `.flow`; the gateway listens on `port`, or on a free one when that is 0.

        Unless `durable`, nothing is synced, and with its stop the databases are gone.
        """
        self.state = State(folder)
        self.host = host
        self.port = port
        self.processes: dict[str, list[Process]] = {}
        self._specs = services
        self._replicas = dict(replicas or {})
        self._environ = dict(os.environ if environ is None else environ)
        self._watcher = watcher or Silent()
        self._durable = durable
        self._bus_users = bus_users
        self._is_ready = False

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def gateway_url(self) -> str:
        return local_url(self.host, self.port)

    @property
    def nats_url(self) -> str:
        """The operator's, with its password."""
        return self.nats_url_of(OPERATOR)

    def nats_url_of(self, user: str) -> str:
        return self.nats.url_of(user)

    @property
    def services(self) -> tuple[ServiceEntry, ...]:
        """Each process of each service, the gateway among them."""
        processes = ((spec.name, each) for spec in self._specs for each in self.processes.get(spec.name, ()))
        return tuple(ServiceEntry.of(name, each) for name, each in processes if each.has_begun)

    async def start(self) -> None:
        """Return when every service is ready; after a fault nothing is left running."""
        self.state.take()
        try:
            await self._make_room()
            await self._start_servers()
            await self._start_services()
            await self._settle_root_password()
        except BaseException:
            await self.stop()
            raise
        self._is_ready = True
        self._describe()

    async def stop(self) -> None:
        """The gateway first, so that nothing new comes in; the servers last, so that all can finish."""
        self._is_ready = False
        services = [name for name in self.processes if name not in (GATEWAY, NATS, POSTGRES)]
        for names in ([GATEWAY], services, [NATS, POSTGRES]):
            await asyncio.gather(*(self._stop(each) for name in names for each in self.processes.get(name, ())))
        if POSTGRES in self.processes and not self._durable:
            shutil.rmtree(self.postgres.home, ignore_errors=True)
        self.state.release()

    def kill(self) -> None:
        """Everything, at once; a `stop` under way ends quickly then."""
        for process in reversed(self._all()):
            process.give_up()

    async def _make_room(self) -> None:
        for pid in await leftovers.end_recorded(self.state.pids):
            self._watcher.tell(f"ended process {pid}, left by a run that crashed")
        if self.port and is_taken(self.port, self.host):
            raise GatewayPortTaken(f"port {self.port} is taken by another process")
        self.state.keep()

    async def _start_servers(self) -> None:
        self._watcher.tell("starting nats-server and PostgreSQL")
        home = self.state.postgres() if self._durable else temporary_home()
        self.nats = NatsServer(self.state.nats, users=self._bus_users, tls=wants_tls(self._environ))
        self.postgres = PostgresServer(home, durable=self._durable)
        self.root_admin = RootAdmin.of(self._environ, home / Path(MARKER).name)
        self.processes = {NATS: [self._server(NATS, self.nats)], POSTGRES: [self._server(POSTGRES, self.postgres)]}
        await start_all(self._all())

    async def _start_services(self) -> None:
        self._watcher.tell(f"starting {', '.join(spec.name for spec in self._specs)}")
        # Not before the servers listen: a port they remember looks free until then.
        self.port = self.port or free_port()
        given = {spec.name: await self._given(spec) for spec in self._specs}
        recipe = Recipe(self.state, self._environ, self.host, self._watcher, self._changed)
        started: list[Process] = []
        for seat in seats(self._specs, self._replicas, self.port):
            started.append(recipe.make(seat, given[seat.spec.name]))
            self.processes.setdefault(seat.spec.name, []).append(started[-1])
        await start_all(started)
        await all_ready(started)

    async def _settle_root_password(self) -> None:
        if self.root_admin.is_another:
            self._watcher.tell(f"giving {EMAIL} the password of {ROOT_ADMIN_PASSWORD}")
            module = next(spec.module for spec in self._specs if spec.name == ADMIN)
            await give_password(module, self.processes[ADMIN][0].environ, self.state.logs / "seed.log")
        self.root_admin.remember()

    async def _given(self, spec: ServiceSpec) -> dict[str, str]:
        """What this service alone is told."""
        given = {"NATS_URL": self.nats_url_of(spec.name)}
        if self.nats.ca is not None:
            given["NATS_CA_FILE"] = str(self.nats.ca)
        if spec.has_database:
            given["DATABASE_URL"] = await self.postgres.create_database(spec.name)
            given |= {} if self._durable else {"LOSSY_DATABASE": "allowed"}
        if spec.name == ADMIN and self.root_admin.password:
            given[ROOT_ADMIN_PASSWORD] = self.root_admin.password
        if spec.name == AUTH:
            given |= encryption_key.told(self._environ, self.state.encryption_key)
        if spec.name == NOTIFICATION:
            given |= handed_on(SMTP_PASSWORD, self._environ)
        return given

    def _server(self, name: str, server: Server) -> Process:
        return Process(name=name, program=server, changed=self._changed, tell=self._watcher.tell)

    async def _stop(self, process: Process) -> None:
        began = time.monotonic()
        code = await process.stop()
        if code is not None:
            how = "had to be killed, after" if code == -signal.SIGKILL else "stopped in"
            self._watcher.tell(f"{process.name} {how} {time.monotonic() - began:.1f} s")

    def _changed(self) -> None:
        leftovers.record((entry.pid for entry in self.services), self.state.pids)
        if self._is_ready:
            self._describe()

    def _describe(self) -> None:
        told = Description(
            gateway_url=self.gateway_url,
            nats_url=self.nats_url,
            nats_ca=str(self.nats.ca or "") or UNSET,
            services=self.services,
        )
        description.write(told, self.state.description)

    def _all(self) -> list[Process]:
        return [process for group in self.processes.values() for process in group]
