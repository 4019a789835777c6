"""The connection of a command to the cluster's NATS."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from flowkit.bus import Bus, BusError
from flowkit.bus.nats import NatsBus, NatsOptions

from flowctl.cluster_at_hand import nats_ca
from flowctl.failure import Failure

NAME = "flow"
CONNECT_WITHIN_S = 2.0


class _Why:
    """Says nothing: the command itself tells why there was no connection."""

    reason = ""

    def connect_failed(self, server: str, reason: str) -> None:
        self.reason = f"{server}: {reason}"

    def connected(self, server: str) -> None: ...
    def disconnected(self, reason: str) -> None: ...
    def permission_denied(self, what: str) -> None: ...
    def message_failed(self, subject: str, error: Exception) -> None: ...


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Bus]:
    try:
        options = NatsOptions(url, name=NAME, ca=nats_ca())
    except ValueError as fault:
        raise Failure(f"NATS_URL: {fault}", 2) from None
    why = _Why()
    bus = NatsBus(options, why)
    try:
        await bus.flush(within=CONNECT_WITHIN_S)
    except BusError:
        await bus.close()
        where = ", ".join(server.url for server in options.servers)
        told = f"; {why.reason}" if why.reason else ""
        raise Failure(f"no NATS answers at {where}; is the cluster running?{told}") from None
    try:
        yield bus
    finally:
        await bus.close()
