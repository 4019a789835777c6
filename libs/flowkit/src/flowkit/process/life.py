"""The life of a service's process, from its first log line to its exit code."""

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of_package
from typing import Any, Protocol

from flowkit.bus import Denied, Disconnected
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.client import Client, Notices
from flowkit.client.badge import OwnBadge
from flowkit.client.keys import fetch_badge
from flowkit.process.credentials import CredentialsWatch
from flowkit.process.host import Host
from flowkit.process.lifecycle import Stop, run, sample_lag
from flowkit.process.ops import CannotListen, OpsServer
from flowkit.process.readiness import Readiness
from flowkit.process.settings import BadSettings, ServiceSettings
from flowkit.resilience import Callees
from flowkit.telemetry import names
from flowkit.telemetry.logs import Logs, style_for
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.options import read_options
from flowkit.telemetry.setup import Telemetry
from flowkit.telemetry.spans import Tracing

_BAD_SETTINGS = 2

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
            telemetry = Telemetry(options, metrics, edge=edge, boxes=settings.black_box_folder)
            logs.ship_to(telemetry.ship)
            bus = NatsBus(NatsOptions(ca=settings.nats_ca or "", url=settings.nats_url.reveal(), name=name))
            tracing = Tracing(telemetry.tracer, telemetry.box)
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
