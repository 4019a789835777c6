"""gateway: what it serves, over HTTP and over the bus."""

from dataclasses import replace
from functools import partial
from importlib.metadata import version

from contracts import health
from contracts.bus import SERVICES, callers
from flowkit.bus import Bus, BusError
from flowkit.client import Client
from flowkit.process.host import Host
from flowkit.process.lifecycle import Stage
from flowkit.service import Service, serve
from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics

from gateway_service.docs.pages import pages
from gateway_service.flows.check_health import CheckHealth, unreachable
from gateway_service.http.admission import Admission
from gateway_service.http.allowance import Allowance
from gateway_service.http.app import Page, build_app
from gateway_service.http.client_address import ClientAddresses
from gateway_service.http.cors import Cors
from gateway_service.http.edge import Edge
from gateway_service.http.endpoint import Endpoint
from gateway_service.http.key_set import KeySet, KeySetPage
from gateway_service.http.outcomes import outcomes
from gateway_service.http.payload import reading_of
from gateway_service.http.shedding import Shedding
from gateway_service.http.standing import Standing
from gateway_service.http.traffic import Traffic
from gateway_service.rate_limits.gossip import Gossip
from gateway_service.rate_limits.limits import RateLimits
from gateway_service.routes import ROUTES
from gateway_service.server.http_server import HttpServer
from gateway_service.server.listener import Listener
from gateway_service.server.watch import Patience
from gateway_service.settings import Settings
from gateway_service.validations import Validations

_SERVICES = tuple(sorted(name for name in SERVICES if name != "gateway"))
_NATS_PATIENCE_S = 1.0


async def run(listener: Listener, host: Host[Settings]) -> None:
    """HTTP is answered from the first moment, if only to say that nothing else is there yet."""
    traffic, validations = Traffic(), Validations(host.client, host.revoked)
    limits = RateLimits.of(host.settings, host.metrics)
    edge = build_edge(host.settings, host.client, validations, limits, metrics=host.metrics, traffic=traffic)
    await host.open("the gossip of limits", Gossip.among(limits, host.notices).going_on())
    http = await host.open(
        "HTTP", HttpServer(edge, listener, traffic, on_death=host.stop.tell, patience=_patience(host.settings))
    )
    grace, longest = host.settings.drain_grace_ms / 1000, host.settings.request_timeout_ms / 1000
    await host.serve(
        build_service(host.client),
        first_on_stop=(
            Stage("send clients elsewhere", partial(http.drain, grace), grace + 1),
            Stage("answer what is under way", http.finish, longest + 2),
            Stage("end what others asked for", validations.finish, longest),
        ),
    )


def build_service(client: Client) -> Service:
    flow = CheckHealth(client, _SERVICES, partial(_answers, client.bus))
    return Service("gateway", [serve(health.check, flow)], callers=callers("gateway"))


def build_edge(
    settings: Settings,
    client: Client,
    validations: Validations,
    limits: RateLimits,
    *,
    metrics: Metrics,
    traffic: Traffic,
) -> Edge:
    for route in ROUTES:
        metrics.route(route.path, route.method).expect(outcomes(route))
    metrics.watch(names.HTTP_IN_FLIGHT, lambda: traffic.in_flight)
    metrics.watch(names.RATE_LIMIT_BUCKETS, lambda: sum(len(limit.buckets) for limit in limits))
    admission = Admission(ROUTES, settings.latency_tolerance)
    admission.tell(metrics)
    cors = Cors(frozenset(origin.encode() for origin in settings.cors_origins))
    return Edge(
        build_app(_endpoints(client, validations, limits), _pages(client, limits)),
        client.tracing,
        metrics,
        cors,
        ClientAddresses(settings.proxies, settings.forwarded_by),
        traffic,
        admission,
        Shedding(metrics, cors, Standing(settings.hsts_max_age_s)),
        budget=settings.request_timeout_ms / 1000,
    )


def _endpoints(client: Client, validations: Validations, limits: RateLimits) -> list[Endpoint]:
    # The health check is a flow of our own; when even that cannot be reached, its answer is made here.
    stand_ins = {health.check.subject: lambda: unreachable(_SERVICES, nats=client.bus.is_connected)}
    return [
        Endpoint(
            route,
            reading_of(route),
            client,
            validations,
            Allowance(limits.groups[route.group], limits.unknown_tokens),
            stand_ins.get(route.contract.subject),
        )
        for route in ROUTES
    ]


def _pages(client: Client, limits: RateLimits) -> list[Page]:
    reading, shown = Allowance(limits.groups["reading"]), pages(version("gateway-service"))
    return [*(replace(page, allowance=reading) for page in shown), KeySetPage(KeySet(client), reading)]


async def _answers(bus: Bus) -> bool:
    try:
        await bus.flush(within=_NATS_PATIENCE_S)
    except BusError:
        return False
    return True


def _patience(settings: Settings) -> Patience:
    """A request that is whole is answered within its budget: what takes longer is not whole."""
    asking = settings.slow_client_s + settings.request_timeout_ms / 1000
    return Patience(asking=asking, reading=2 * settings.slow_client_s)
