"""gateway: what it serves, over the bus and over HTTP."""

from contracts import health
from flowkit.bus import Bus, BusError
from flowkit.client import Client
from flowkit.service import Service, serve
from flowkit.telemetry.metrics import Metrics

from gateway_service.flows.check_health import CheckHealth, unreachable
from gateway_service.http.app import build_app
from gateway_service.http.cors import Cors
from gateway_service.http.edge import Edge
from gateway_service.http.endpoint import Endpoint, StandIn
from gateway_service.http.payload import reading_of
from gateway_service.http.route import services_behind
from gateway_service.http.traffic import Traffic
from gateway_service.routes import ROUTES
from gateway_service.settings import Settings
from gateway_service.validations import Validations

_SERVICES = services_behind(ROUTES)
_NATS_PATIENCE_S = 1.0


def build_service(client: Client) -> Service:
    async def nats_answers() -> bool:
        try:
            await client.bus.flush(within=_NATS_PATIENCE_S)
        except BusError:
            return False
        return True

    return Service("gateway", [serve(health.check, CheckHealth(client, _SERVICES, nats_answers))])


def build_http(
    settings: Settings, client: Client, validations: Validations, metrics: Metrics, traffic: Traffic
) -> Edge:
    stand_ins = {health.check.subject: _health_stand_in(client.bus)}
    endpoints = [
        Endpoint(route, reading_of(route), client, validations, stand_ins.get(route.contract.subject))
        for route in ROUTES
    ]
    return Edge(
        build_app(endpoints, pages=()),
        client.tracing,
        metrics,
        Cors(frozenset(origin.encode() for origin in settings.cors_origins)),
        traffic,
        budget=settings.request_timeout_ms / 1000,
    )


def _health_stand_in(bus: Bus) -> StandIn:
    """The health check is a flow of our own; when even that cannot be reached, its answer is made here."""
    return lambda: unreachable(_SERVICES, nats=bus.is_connected)
