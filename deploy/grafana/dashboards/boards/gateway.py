"""What clients meet: rate, errors and duration of HTTP requests."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards import links
from deploy.grafana.dashboards.outcomes import NOT_WELL, STATUS_OF_OUR_FAULT
from deploy.grafana.dashboards.panels import bars, figure, lines
from deploy.grafana.dashboards.promql import known, or_zero, quantile, rate, some, total
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import SIXTH, Panel, Told
from deploy.grafana.dashboards.variables import OF_ROUTE

NAME: Final = "gateway"
_TALL: Final = 5
_ROUTE: Final = names.LABEL_ROUTE
_METHOD_AND_ROUTE: Final = f"{{{{{names.LABEL_METHOD}}}}} {{{{{_ROUTE}}}}}"
_EACH: Final = (names.LABEL_METHOD, _ROUTE)


def now() -> tuple[Panel, ...]:
    return (_rate_now(), _failing_now(), _duration_now(), _in_flight(), _refused_now(), _alerts())


def by_route() -> tuple[Panel, ...]:
    return (_rate(), _failing(), _duration(), _refused())


def failing(*by: str) -> str:
    failed, all_ = (total(rate(names.HTTP_REQUESTS, OF_ROUTE, *only), *by) for only in ((STATUS_OF_OUR_FAULT,), ()))
    return f"{failed} / {all_}"


def _rate_now() -> Panel:
    told = Told(
        "Requests a second",
        "HTTP requests answered, by all instances of the gateway.",
        unit="reqps",
        empty="No request yet",
        width=SIXTH,
        height=_TALL,
        links=links.of_all(),
    )
    return figure(told, Promql(total(rate(names.HTTP_REQUESTS, OF_ROUTE))))


def _failing_now() -> Panel:
    told = Told(
        "Requests that fail",
        "Share of requests answered with 5xx: our fault, whatever the client did. The objective is one in a thousand.",
        unit="percentunit",
        warns=0.001,
        fails=0.01,
        width=SIXTH,
        height=_TALL,
        links=links.of_all_failed(),
    )
    return figure(told, Promql(or_zero(failing())))


def _duration_now() -> Panel:
    told = Told(
        "95 of 100 are faster than",
        "From a request's arrival at the gateway to its answer. Registering and signing in hash a password on purpose.",
        unit="s",
        warns=0.5,
        fails=2.0,
        empty="No request yet",
        width=SIXTH,
        height=_TALL,
        links=links.of_all(),
    )
    return figure(told, Promql(known(quantile(0.95, names.HTTP_DURATION, OF_ROUTE))))


def _in_flight() -> Panel:
    told = Told(
        "Requests being served",
        "Arrived and not yet answered, right now.",
        width=SIXTH,
        height=_TALL,
        links=links.of_all(),
    )
    return figure(told, Promql(total(names.HTTP_IN_FLIGHT)))


def _refused_now() -> Panel:
    told = Told(
        "Requests refused a second",
        "Answered with an error code, ours or the caller's: bad input, no identity, not found, conflict, failure.",
        unit="reqps",
        width=SIXTH,
        height=_TALL,
        links=links.of_all_failed(),
    )
    return figure(told, Promql(total(rate(names.HTTP_REQUESTS, OF_ROUTE, NOT_WELL))))


def _alerts() -> Panel:
    told = Told(
        "Alerts firing",
        "Of the rules in Prometheus; the list is further down, what to do stands in docs/operations.md.",
        warns=1,
        fails=1,
        width=SIXTH,
        height=_TALL,
    )
    return figure(told, Promql('count(ALERTS{alertstate="firing"}) or vector(0)'))


def _rate() -> Panel:
    told = Told(
        "Requests a second, by route",
        "By the route's template; what matches no route is told as one.",
        unit="reqps",
        empty="No request yet",
        links=links.of_route(),
    )
    return lines(told, Promql(total(rate(names.HTTP_REQUESTS, OF_ROUTE), *_EACH), _METHOD_AND_ROUTE))


def _failing() -> Panel:
    told = Told(
        "Requests that fail, by route",
        "Share answered with 5xx. Above the orange line for long, the error budget of the route is used up early.",
        unit="percentunit",
        warns=0.001,
        fails=0.01,
        empty="No request yet",
        links=links.of_route(),
    )
    return lines(told, Promql(failing(*_EACH), _METHOD_AND_ROUTE))


def _duration() -> Panel:
    told = Told(
        "95 of 100 requests are faster than this, by route",
        "From arrival to answer at the gateway. Each dot is a request: click it for its trace.",
        unit="s",
        empty="No request yet",
        links=links.of_route(),
    )
    query = quantile(0.95, names.HTTP_DURATION, OF_ROUTE, by=_EACH)
    return lines(told, Promql(query, _METHOD_AND_ROUTE, exemplars=True))


def _refused() -> Panel:
    told = Told(
        "Requests refused or failed a second, by error code",
        "Why clients did not get what they asked for. The height is all of them together.",
        unit="reqps",
        empty="None: every answer was a success",
        links=links.of_route_error(),
    )
    query = some(total(rate(names.HTTP_REQUESTS, OF_ROUTE, NOT_WELL), _ROUTE, names.LABEL_ERROR_CODE))
    return bars(told, Promql(query, f"{{{{{names.LABEL_ERROR_CODE}}}}} {{{{{_ROUTE}}}}}"))
