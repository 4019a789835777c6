"""Trace explorer: find a trace by what is known of it; a row opens it, with its chain of thought."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards import logql
from deploy.grafana.dashboards.board import Board, Row
from deploy.grafana.dashboards.places import TRACES
from deploy.grafana.dashboards.queries import Logql, Traceql
from deploy.grafana.dashboards.readings import lines_of_log, trace, traces
from deploy.grafana.dashboards.told import FULL, Panel, Told
from deploy.grafana.dashboards.traceql import both, from_service, latest, matches, taken
from deploy.grafana.dashboards.variables import error_code, event, flow, outcome, route, service, slower, words

_SHOWN: Final = (names.HTTP_ROUTE, names.RPC_METHOD, names.EVENT, names.ERROR_CODE, names.ABOUT_CUSTOMER)


def board() -> Board:
    return Board(
        TRACES,
        "Find a trace by id, route, flow, event, error code, customer or step; a row opens it, step by step.",
        (
            words("trace_id", "Trace id", "The x-trace-id of an answer: 32 characters from 0 to 9 and a to f"),
            service(),
            route(),
            flow(),
            event(),
            error_code(),
            outcome(),
            words("customer", "Customer", "A customer's id"),
            words("step", "Step", "Words of a step, as they are written: Hashing"),
            slower(),
        ),
        (
            Row("Traces that match", (_found(),)),
            Row("The trace chosen", (_trace(), _thoughts())),
        ),
        # Each answer folds up the spans that somebody has opened to read.
        refresh="",
    )


def _found() -> Panel:
    told = Told(
        "Traces that match all that is chosen above",
        "The latest 50. A trace id opens the trace below; unfolded, a row shows the spans that matched.",
        "ms",
        empty="No trace matches. A new one can be found here within half a minute: refresh",
        width=FULL,
        height=11,
    )
    query = both(
        from_service("service"),
        matches(names.HTTP_ROUTE, "route"),
        matches(names.RPC_METHOD, "flow"),
        matches(names.EVENT, "event"),
        matches(names.ERROR_CODE, "error_code"),
        matches(names.ABOUT_CUSTOMER, "customer"),
        taken("step"),
        "{ ${outcome} }",
        "{ trace:duration >= ${slower} }",
    )
    return traces(told, Traceql(latest(query, *(f"span.{attribute}" for attribute in _SHOWN)), limit=50))


def _trace() -> Panel:
    told = Told(
        "The trace chosen, span by span",
        "Paste an id into Trace id, or click one above. A span's events are the steps that were taken, one by one; "
        "its menu leads to its log lines and figures.",
        "ms",
        empty="Paste an id into Trace id, or click one above",
        width=FULL,
        height=18,
    )
    return trace(told, Traceql("${trace_id}"))


def _thoughts() -> Panel:
    told = Told(
        "What every service told of it, with each step",
        "All log lines of the trace chosen, over all services: the whole chain of thought. They are looked for in the "
        "time chosen: for an old trace, choose its time.",
        empty="No trace is chosen, or none of its lines is of the time chosen",
        width=FULL,
        height=10,
    )
    whole = f'{{{logql.SERVICE}=~".+"}} | {logql.TRACE_ID}=~".+" | {logql.TRACE_ID}="${{trace_id}}"'
    return lines_of_log(told, Logql(f"{whole} {logql.FOR_PEOPLE}"))
