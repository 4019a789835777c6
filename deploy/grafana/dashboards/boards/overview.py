"""Overview: is it well, who is up, who calls whom; and what went wrong, one click away."""

from flowkit.telemetry import names

from deploy.grafana.dashboards import links, traceql
from deploy.grafana.dashboards.board import Board, Row
from deploy.grafana.dashboards.boards import gateway, presence
from deploy.grafana.dashboards.outcomes import OUR_FAULT
from deploy.grafana.dashboards.panels import lines
from deploy.grafana.dashboards.places import OVERVIEW
from deploy.grafana.dashboards.promql import quantile, rate, total
from deploy.grafana.dashboards.queries import Promql, Traceql
from deploy.grafana.dashboards.readings import service_map, traces
from deploy.grafana.dashboards.told import FULL, THIRD, Panel, Told
from deploy.grafana.dashboards.variables import OF_SERVICE, route, service

_JOB = f"{{{{{links.JOB}}}}}"


def board() -> Board:
    return Board(
        OVERVIEW,
        "Is the system well? What clients meet at the gateway, what each service makes of it, and who is up.",
        (service(), route()),
        (
            Row("Now", gateway.now()),
            Row("At the gateway, by route", gateway.by_route()),
            Row("In the services", (_rate(), _faults(), _duration())),
            Row("Who is up", presence.panels()),
            Row("Who calls whom", (_map(),)),
            Row("Traces to look at", (_slowest(), _failed())),
        ),
    )


def _rate() -> Panel:
    told = Told(
        "Flows answered a second, by service",
        "Each request takes one flow or more; a service may be called by others, not by clients alone.",
        unit="ops",
        width=THIRD,
        links=links.of_service(),
    )
    return lines(told, Promql(total(rate(names.FLOWS_HANDLED, OF_SERVICE), links.JOB), _JOB))


def _faults() -> Panel:
    told = Told(
        "Flows that failed by our fault, by service",
        "Share of all its flows: crashes, timeouts, no room. What a caller did wrong is not counted.",
        unit="percentunit",
        width=THIRD,
        warns=0.001,
        fails=0.01,
        links=links.of_service(),
    )
    failed, all_ = (total(rate(names.FLOWS_HANDLED, OF_SERVICE, *only), links.JOB) for only in ((OUR_FAULT,), ()))
    return lines(told, Promql(f"{failed} / {all_}", _JOB))


def _duration() -> Panel:
    told = Told(
        "95 of 100 flows are faster than this, by service",
        "From a flow's arrival to its answer. Each dot is a request: click it for its trace.",
        unit="s",
        width=THIRD,
        links=links.of_service(),
    )
    return lines(told, Promql(quantile(0.95, names.FLOW_DURATION, OF_SERVICE, by=(links.JOB,)), _JOB, exemplars=True))


def _map() -> Panel:
    told = Told(
        "Who calls whom, how often and how long it takes",
        "Made of traces by Tempo's metrics generator: a circle is a service, its red part is failures. A click on one "
        "leads on to its figures and traces. `user` stands for the clients.",
        unit="reqps",
        empty="The first traces appear here within half a minute",
        width=FULL,
        height=12,
    )
    return service_map(told)


def _slowest() -> Panel:
    told = Told(
        "Slowest of the latest requests",
        "The latest 100 requests that came in at the gateway, the slowest first. A trace id opens the trace.",
        unit="ms",
        empty="No request yet",
        height=10,
    )
    came_in = f'{{ resource.service.name = "{gateway.NAME}" && kind = server }}'
    return traces(
        told, Traceql(traceql.latest(came_in, f"span.{names.HTTP_STATUS_CODE}"), limit=100), slowest_first=True
    )


def _failed() -> Panel:
    told = Told(
        "Latest requests that failed or were refused",
        "Any with an error code: ours (INTERNAL_ERROR, TIMEOUT, …) or the caller's (CONFLICT, UNAUTHORIZED, …).",
        unit="ms",
        empty="None in this time: every answer was a success",
        height=10,
    )
    query = traceql.latest(f"{{ {traceql.NOT_A_SUCCESS} }}", f"span.{names.ERROR_CODE}", f"span.{names.RPC_METHOD}")
    return traces(told, Traceql(query, limit=50))
