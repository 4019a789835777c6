"""What a service's body is given: the bus, a client, readiness, metrics; and how it serves until it is told to stop."""

import asyncio
import gc
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field, replace

import structlog

from flowkit.bus.nats import NatsBus
from flowkit.client import Client, Notices
from flowkit.client.keys import fetch_keys
from flowkit.contract.revoked import sessions_revoked
from flowkit.faults import Faults
from flowkit.idempotency import Ledger
from flowkit.process.lifecycle import Stage, Stop, stop_in_stages
from flowkit.process.planned_faults import planned_faults
from flowkit.process.presence import Presence
from flowkit.process.readiness import Check, Readiness
from flowkit.process.settings import CLOSING_S, ReactingSettings, ServiceSettings
from flowkit.reactions import ReactionOptions, Reactions
from flowkit.security.identity import IdentityVerifier
from flowkit.security.revoked import RevokedSessions
from flowkit.service import Limits, Service, ServiceRuntime, health_of, serve
from flowkit.service.desk import Verifier
from flowkit.service.health import TellHealth
from flowkit.streams import Streams
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.spans import Tracing

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
        keeps_faults: bool = False,
        first_on_stop: Sequence[Stage] = (),
    ) -> None:
        """Answer for the service until told to stop; `first_on_stop` comes before the bus is left."""
        self.readiness.checks.update(checks or {})
        faults = None
        if self.settings.fault_injection == "allowed" and service.has_work:
            faults = await self.open("the planned faults", planned_faults(self.bus, self.bus, keeper=keeps_faults))
        runtime = self._runtime(
            service, verifier or IdentityVerifier(lambda: fetch_keys(self.client), self.revoked), ledger, faults
        )
        reactions = self._reactions(service)
        await self.notices.hear(sessions_revoked, lambda told: self.revoked.add(told.sessions))
        presence = Presence(self.bus, self.notices, self.client.callees)
        await presence.heed()
        # What stands by now stays: the collector need not walk over it again with every request's remains. Before the
        # first request may come: on a busy machine the walk takes a second, and nobody is answered meanwhile.
        gc.collect()
        gc.freeze()
        await runtime.start()
        reactions.start()
        self.stop.is_handled = True
        self.readiness.serve()
        _log.info("ready")
        async with presence.announced(runtime.subjects):
            await self.stop.wait()
        self.readiness.stop()
        self.stopped_clean = await stop_in_stages([*first_on_stop, *self._farewell(runtime, reactions)])

    def _farewell(self, runtime: ServiceRuntime, reactions: Reactions) -> Sequence[Stage]:
        return (
            Stage("take no more work", lambda: asyncio.gather(reactions.leave(), runtime.leave()), CLOSING_S),
            Stage(
                "finish what runs and what is queued",
                lambda: asyncio.gather(reactions.finish(), runtime.finish()),
                self.settings.stop_timeout_s,
            ),
            Stage("flush replies", lambda: self.bus.flush(within=CLOSING_S), CLOSING_S),
        )

    def _runtime(
        self, service: Service, verifier: Verifier, ledger: Ledger | None, faults: Faults | None
    ) -> ServiceRuntime:
        health = serve(health_of(service.name), TellHealth(self.readiness.conditions))
        limits = Limits(self.settings.flow_concurrency, self.settings.flow_waiting)
        told = replace(service, version=self.version, declared=(*service.declared, health))
        callees = self.client.callees
        runtime = ServiceRuntime(
            told, self.bus, self.tracing, self.metrics, verifier, limits, ledger, lambda: callees.circuits, faults
        )
        self.metrics.watch(names.FLOWS_IN_FLIGHT, lambda: runtime.in_flight)
        self.metrics.watch(names.FLOWS_WAITING, lambda: runtime.gate.waiting)
        return runtime

    def _reactions(self, service: Service) -> Reactions:
        settings = self.settings
        options = settings.reactions if isinstance(settings, ReactingSettings) else ReactionOptions()
        streams = Streams(self.bus)
        told = service.name, service.reactions, streams, self.tracing, self.metrics
        return Reactions(*told, options, give_way=self.stop.tell)

    async def close(self) -> None:
        """Everything opened, last first; the bus and then telemetry were opened before all else."""
        clean = await stop_in_stages(self._closing[::-1])
        self.stopped_clean = self.stopped_clean and clean
