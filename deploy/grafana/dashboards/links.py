"""From a line that was clicked to the traces and the log lines behind it."""

from typing import Final
from urllib.parse import quote

from flowkit.telemetry import names

from deploy.grafana.dashboards.places import FLOWS, LOGS, TRACES, Link, label
from deploy.grafana.dashboards.traceql import FAILED

JOB: Final = "job"
"""The label Prometheus tells services apart by: the service's name."""


def of_route() -> tuple[Link, ...]:
    route = label(names.LABEL_ROUTE)
    return (
        Link(f"Traces of {route}", TRACES.url(route=route)),
        Link(f"Log lines of {route}", LOGS.url(route=route)),
    )


def of_route_error() -> tuple[Link, ...]:
    route, error = label(names.LABEL_ROUTE), label(names.LABEL_ERROR_CODE)
    return (
        Link(f"Traces that ended in {error}", TRACES.url(route=route, error_code=error)),
        Link(f"Log lines with {error}", LOGS.url(route=route, error_code=error)),
    )


def of_service() -> tuple[Link, ...]:
    service = label(JOB)
    return (
        Link(f"Flows of {service}", FLOWS.url(service=service)),
        Link(f"Traces through {service}", TRACES.url(service=service)),
        Link(f"Log lines of {service}", LOGS.url(service=service)),
    )


def of_flow() -> tuple[Link, ...]:
    flow = label(names.LABEL_FLOW)
    return (
        Link(f"Traces of {flow}", TRACES.url(flow=flow)),
        Link(f"Log lines of {flow}", LOGS.url(flow=flow)),
    )


def of_flow_error() -> tuple[Link, ...]:
    flow, error = label(names.LABEL_FLOW), label(names.LABEL_ERROR_CODE)
    return (
        Link(f"Traces that ended in {error}", TRACES.url(flow=flow, error_code=error)),
        Link(f"Log lines with {error}", LOGS.url(flow=flow, error_code=error)),
    )


def of_event() -> tuple[Link, ...]:
    event = label(names.LABEL_EVENT)
    return (
        Link(f"Traces with {event}", TRACES.url(event=event)),
        Link(f"Log lines of {event}", LOGS.url(words=f"event.{event}")),
    )


def of_failed_event() -> tuple[Link, ...]:
    """Whatever somebody could not act on at once."""
    event = label(names.LABEL_EVENT)
    return (
        Link(f"Traces in which something failed with {event}", TRACES.url(event=event, outcome=quote(FAILED))),
        Link(f"Log lines of {event}", LOGS.url(words=f"event.{event}")),
    )


def of_all() -> tuple[Link, ...]:
    return (Link("Traces", TRACES.url()), Link("Log lines", LOGS.url()))


def of_all_failed() -> tuple[Link, ...]:
    return (
        Link("Failed traces", TRACES.url(outcome=quote(FAILED))),
        Link("Log lines of errors", LOGS.url(level="ERROR")),
    )
