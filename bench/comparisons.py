"""The pairs that are compared, and the processes each needs."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from contracts import admin
from flowctl.cluster import Cluster
from flowkit.servers import free_port

from bench import limits, responder, stage
from bench.bus_load import BusLoad
from bench.flow_service import listed
from bench.pairs import Compared, Side, alternate
from bench.scraper import scraped
from bench.wrk import Figures, HttpLoad

SILENT = {"OTEL_SDK_DISABLED": "true", "LOG_LEVEL": "warning"}


@dataclass(frozen=True, slots=True)
class Bench:
    http: HttpLoad
    rounds: int

    async def telemetry(self) -> list[Compared]:
        """All that an operator can have, beside a cluster told to say nothing but warnings."""
        async with receiver() as endpoint, stage.cluster(endpoint) as telling, stage.cluster(SILENT) as silent:

            async def told() -> Figures:
                async with scraped(telling.cluster):
                    return await telling.get_list(self.http)

            full, none = Side("full telemetry", told), Side("none", partial(silent.get_list, self.http))
            return [await alternate("GET /api/v1/admin/list, full telemetry / none", full, none, self.rounds)]

    async def tracing(self) -> list[Compared]:
        """The same request of two clusters; one exports every span and log line to a receiver."""
        async with receiver() as endpoint, stage.cluster(endpoint) as traced, stage.cluster() as untraced:
            on = Side("tracing on", partial(traced.get_list, self.http))
            off = Side("tracing off", partial(untraced.get_list, self.http))
            return [await alternate("GET /api/v1/admin/list, tracing on / off", on, off, self.rounds)]

    async def limits(self) -> list[Compared]:
        """Two clusters; in one every request takes a token of its address and one of its user, and is told so."""
        async with stage.cluster(limits.out_of_reach()) as counted, stage.cluster(limits.ROOM) as uncounted:
            on = Side("rate limits on", partial(counted.get_list, self.http))
            off = Side("rate limits off", partial(uncounted.get_list, self.http))
            return [await alternate("GET /api/v1/admin/list, rate limits on / off", on, off, self.rounds)]

    async def relay(self) -> list[Compared]:
        """The gateway against Litestar and nats-py alone: first with the whole system behind it, then with a flow
        that answers from memory, as the bare peer does."""
        async with stage.cluster() as ours, responders(ours.cluster), bare_relay(ours.cluster) as bare:
            peer = Side("bare relay", partial(self.http.get, bare))
            whole = Side("gateway, auth, admin, PostgreSQL", partial(ours.get_list, self.http))
            first = await alternate("GET /api/v1/admin/list / bare relay", whole, peer, self.rounds)
            await ours.stop("admin")
            async with stand_in(ours.cluster):
                near = Side("gateway and a flow from memory", whole.measure)
                return [first, await alternate("gateway and flow / bare relay", near, peer, self.rounds)]

    async def bus(self) -> list[Compared]:
        async with stage.cluster() as ours, responders(ours.cluster):
            load = BusLoad(ours.cluster.nats_url, self.http.connections, self.http.seconds)
            flow = Side("flowkit flow", partial(load.request, listed.subject, stage.QUESTION))
            bare = Side("bare nats-py responder", partial(load.request, responder.SUBJECT, stage.QUESTION))
            return [await alternate("a flow / a bare responder, on the bus alone", flow, bare, self.rounds)]


@asynccontextmanager
async def receiver() -> AsyncGenerator[dict[str, str]]:
    """What a cluster is to be told to export to it."""
    port = free_port()
    async with stage.program("bench.receiver", {"PORT": str(port)}, partial(stage.listens, port)):
        yield {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}


@asynccontextmanager
async def bare_relay(cluster: Cluster) -> AsyncGenerator[str]:
    """Where to ask it."""
    port = free_port()
    environ = {"NATS_URL": cluster.nats_url_of("gateway"), "PORT": str(port)}
    async with stage.program("bench.relay", environ, partial(stage.listens, port)):
        yield f"http://127.0.0.1:{port}{stage.LIST}"


@asynccontextmanager
async def stand_in(cluster: Cluster) -> AsyncGenerator[None]:
    """For the admin service, answering from memory."""
    environ = {"NATS_URL": cluster.nats_url_of("admin"), "OPS_PORT": str(free_port()), "STANDS_IN": "true"}
    is_ready = partial(stage.answers, cluster.nats_url, admin.get_list.subject)
    async with stage.program("bench.flow_service", environ, is_ready):
        yield


@asynccontextmanager
async def responders(cluster: Cluster) -> AsyncGenerator[None]:
    """A flow, and a bare responder that answers with the very bytes of the flow."""
    bus = {"NATS_URL": cluster.nats_url_of("bench"), "OPS_PORT": str(free_port())}
    answers = partial(stage.answers, cluster.nats_url)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="flow-bench-"))
        await stack.enter_async_context(stage.program("bench.flow_service", bus, partial(answers, listed.subject)))
        reply = Path(folder) / "reply"
        reply.write_bytes(await stage.reply_of(cluster.nats_url, listed.subject))
        bare = stage.program("bench.responder", bus | {"REPLY": str(reply)}, partial(answers, responder.SUBJECT))
        await stack.enter_async_context(bare)
        yield
