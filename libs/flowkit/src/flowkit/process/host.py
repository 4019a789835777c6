"""What every process of ours has: logs, telemetry, the bus, a client, an ops port; and its end, in stages."""

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of_package
from typing import Any, Protocol

import structlog

from flowkit.bus import Denied, Disconnected
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.client import Client, Notices
from flowkit.client.badge import OwnBadge
from flowkit.client.keys import fetch_badge, fetch_keys
from flowkit.contract.revoked import sessions_revoked
from flowkit.faults import Faults
from flowkit.idempotency import Ledger
from flowkit.process.credentials import CredentialsWatch
from flowkit.process.lifecycle import Stage, Stop, run, sample_lag, stop_in_stages
from flowkit.process.ops import CannotListen, OpsServer
from flowkit.process.planned_faults import planned_faults
from flowkit.process.presence import Presence
from flowkit.process.readiness import Check, Readiness
from flowkit.process.settings import CLOSING_S, BadSettings, ServiceSettings
from flowkit.resilience import Callees
from flowkit.security.identity import IdentityVerifier
from flowkit.security.revoked import RevokedSessions
from flowkit.service import Limits, Service, ServiceRuntime, health_of, serve
from flowkit.service.exchange import Verifier
from flowkit.service.health import TellHealth
from flowkit.telemetry import names
from flowkit.telemetry.logs import Logs, style_for
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import read_options
from flowkit.telemetry.setup import Telemetry
from flowkit.telemetry.spans import Tracing

_BAD_SETTINGS = 2
_log = structlog.get_logger("flowkit.process")


@dataclass(slots=True)
class Host[Settings: ServiceSettings]:
    """What a service's body is given to open its parts with, and to serve."""

    name: str
    version: str
    settings: Settings
    environ: Mapping[str, str]
    stop: Stop
    metrics: Metrics
    tracing: Tracing
    bus: NatsBus
    client: Client
    notices: Notices
    readiness: Readiness
    revoked: RevokedSessions = field(default_factory=RevokedSessions)
    _closing: list[Stage] = field(default_factory=list[Stage])
    stopped_clean: bool = True

    async def open[Part](self, name: str, part: AbstractAsyncContextManager[Part]) -> Part:
        """Enter a part of the process; it is closed in its own stage, the last opened first."""
        stack = AsyncExitStack()
        entered = await stack.enter_async_context(part)
        self._closing.append(Stage(f"close {name}", stack.aclose, CLOSING_S))
        return entered

    async def serve(
        self,
        service: Service,
        checks: Mapping[str, Check] | None = None,
        *,
        verifier: Verifier | None = None,
        ledger: Ledger | None = None,
        first_on_stop: Sequence[Stage] = (),
    ) -> None:
        """Answer for the service until told to stop; `first_on_stop` comes before the bus is left."""
        self.readiness.checks.update(checks or {})
        faults = None
        if self.settings.fault_injection == "allowed" and service.has_work:
            faults = await self.open("the planned faults", planned_faults(self.bus, self.bus))
        runtime = self._runtime(
            service, verifier or IdentityVerifier(lambda: fetch_keys(self.client), self.revoked), ledger, faults
        )
        await self.notices.hear(sessions_revoked, lambda told: self.revoked.add(told.sessions))
        presence = Presence(self.bus, self.notices, self.client.callees)
        await presence.heed()
        await runtime.start()
        # What stands by now stays: the collector need not walk over it again with every request's remains.
        gc.collect()
        gc.freeze()
        self.stop.is_handled = True
        self.readiness.serve()
        _log.info("ready")
        async with presence.announced(runtime.subjects):
            await self.stop.wait()
        self.readiness.stop()
        self.stopped_clean = await stop_in_stages(
            [
                *first_on_stop,
                Stage("take no more work", runtime.leave, CLOSING_S),
                Stage("finish what runs and what is queued", runtime.finish, self.settings.stop_timeout_s),
                Stage("flush replies", lambda: self.bus.flush(within=CLOSING_S), CLOSING_S),
            ]
        )

    def _runtime(
        self, service: Service, verifier: Verifier, ledger: Ledger | None, faults: Faults | None
    ) -> ServiceRuntime:
        health = serve(health_of(service.name), TellHealth(self.readiness.conditions))
        limits = Limits(self.settings.flow_concurrency, self.settings.flow_waiting)
        told = replace(service, version=self.version, flows=(*service.flows, health))
        callees = self.client.callees
        runtime = ServiceRuntime(
            told, self.bus, self.tracing, self.metrics, verifier, limits, ledger, lambda: callees.circuits, faults
        )
        self.metrics.watch(names.FLOWS_IN_FLIGHT, lambda: runtime.in_flight)
        self.metrics.watch(names.FLOWS_WAITING, lambda: runtime.gate.waiting)
        return runtime

    async def close(self) -> None:
        """Everything opened, last first; the bus and then telemetry were opened before all else."""
        clean = await stop_in_stages(self._closing[::-1])
        self.stopped_clean = self.stopped_clean and clean


type Body[Settings: ServiceSettings] = Callable[[Host[Settings]], Awaitable[None]]


def host[Settings: ServiceSettings](
    name: str, settings: Settings, body: Body[Settings], environ: Mapping[str, str], *, edge: bool = False
) -> int:
    """Live as the process of a service, from its first log line to its exit code."""
    with Logs(name, level=settings.log_level, style=style_for(settings.log_format, environ)) as logs:
        version = _version_of(name)
        metrics = Metrics(name, version)
        metrics.watch(names.LOG_LINES_DROPPED, lambda: logs.dropped)

        async def live(stop: Stop) -> int:
            options = read_options(environ, name, version, f"{socket.gethostname()}:{settings.ops_port}")
            telemetry = Telemetry(options, metrics, edge=edge)
            logs.ship_to(telemetry.ship)
            bus = NatsBus(NatsOptions(ca=settings.nats_ca or "", url=settings.nats_url.reveal(), name=name))
            tracing = Tracing(telemetry.tracer)
            client = Client(bus, name, tracing, callees=Callees(metrics))
            client = replace(client, badges=OwnBadge(partial(fetch_badge, client)))
            readiness = Readiness({"nats": lambda: _connected(bus)})
            notices = Notices(bus, name, tracing, metrics)
            mine = Host(name, version, settings, environ, stop, metrics, tracing, bus, client, notices, readiness)
            try:
                return await _live(mine, telemetry, body)
            except (CannotListen, BadSettings) as fault:
                sys.stderr.write(f"{fault}\n")
                return _BAD_SETTINGS

        return run(live, end_within=settings.longest_stop_s)


async def _live[Settings: ServiceSettings](mine: Host[Settings], telemetry: Telemetry, body: Body[Settings]) -> int:
    ops = OpsServer(mine.settings.ops_host, mine.settings.ops_port, mine.readiness, mine.metrics)
    try:
        await mine.open("telemetry", telemetry)
        await mine.open("the ops port", _started(ops))
        await mine.open("the bus", _started(mine.bus))
        await mine.open("the lag sampler", _lag_sampled(mine.metrics))
        _watch(mine.bus, mine.metrics)
        async with _credentials_watched(mine) as credentials:
            await body(mine)
    finally:
        await mine.close()
    return 0 if mine.stopped_clean and not credentials.has_ended_it else 1


@asynccontextmanager
async def _credentials_watched(mine: Host[Any]) -> AsyncGenerator[CredentialsWatch]:
    watch, body = CredentialsWatch(mine.bus, mine.stop), asyncio.current_task()
    watching = None if body is None else asyncio.get_running_loop().create_task(watch.end(body))
    try:
        yield watch
    finally:
        if watching is not None:
            watching.cancel()


def _version_of(service: str) -> str:
    """Of the installed package; a process that comes from none, as in a test, has the first there is."""
    try:
        return version_of_package(f"{service}-service")
    except PackageNotFoundError:
        return "0.0.0"


class _Startable(Protocol):
    async def start(self) -> None: ...

    async def close(self) -> None: ...


@asynccontextmanager
async def _started(part: _Startable) -> AsyncGenerator[None]:
    await part.start()
    try:
        yield
    finally:
        await part.close()


@asynccontextmanager
async def _lag_sampled(metrics: Metrics) -> AsyncGenerator[None]:
    sampling = asyncio.ensure_future(sample_lag(metrics.loop_lag.observe))
    try:
        yield
    finally:
        sampling.cancel()


async def _connected(bus: NatsBus) -> None:
    if not bus.is_connected:
        raise Disconnected
    if bus.deaf_to:
        raise Denied(", ".join(sorted(bus.deaf_to)))


def _watch(bus: NatsBus, metrics: Metrics) -> None:
    metrics.watch(names.NATS_CONNECTED, lambda: bus.is_connected)
    metrics.watch(names.NATS_RECONNECTS, lambda: bus.reconnects)
    metrics.watch(names.NATS_PERMISSION_VIOLATIONS, lambda: bus.permission_violations)
    metrics.watch(names.NATS_MESSAGE_FAILURES, lambda: bus.message_failures)
    metrics.watch(names.NATS_AWAITING, lambda: bus.awaiting)
