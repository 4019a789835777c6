"""Logs: by service, level, trace, route, flow, error code and words."""

from typing import Final

from deploy.grafana.dashboards import logql
from deploy.grafana.dashboards.board import Board, Row
from deploy.grafana.dashboards.logql import FAULT, FLOW, FOR_PEOPLE, LEVEL, ROUTE, SERVICE, TRACE_ID
from deploy.grafana.dashboards.panels import bars
from deploy.grafana.dashboards.places import LOGS, TRACES, Link, label
from deploy.grafana.dashboards.queries import Logql
from deploy.grafana.dashboards.readings import lines_of_log
from deploy.grafana.dashboards.told import FULL, Panel, Told
from deploy.grafana.dashboards.variables import error_code, flow, level, route, service, words

_CHOSEN: Final = logql.lines(
    logql.chosen(LEVEL, "level"),
    logql.begins(TRACE_ID, "trace_id"),
    logql.chosen(ROUTE, "route"),
    logql.chosen(FLOW, "flow"),
    logql.chosen(FAULT, "error_code"),
)
_WITH_WORDS: Final = f"{_CHOSEN} |~ `(?i)${{words}}`"
_BAD: Final = logql.lines(f'{LEVEL}=~"WARNING|ERROR|CRITICAL"', logql.begins(TRACE_ID, "trace_id"))


def board() -> Board:
    return Board(
        LOGS,
        "Log lines by service, level, trace, route, flow, error code and words, told so that the steps can be read.",
        (
            service(),
            level(),
            words("trace_id", "Trace id", "The x-trace-id of an answer, or the beginning of one"),
            route(),
            flow(),
            error_code(),
            words("words", "Words", "Anywhere in a line, large or small letters alike"),
        ),
        (
            Row("How many", (_by_level(), _by_service())),
            Row("Lines", (_lines(),)),
            Row("What somebody should look at", (_bad(),)),
        ),
    )


def _by_level() -> Panel:
    told = Told(
        "Lines, by level",
        "How many in each interval, of those chosen.",
        empty="No line matches",
        height=6,
        links=(Link("Its lines", LOGS.url(level=label(LEVEL))),),
    )
    return bars(told, _counted(LEVEL))


def _by_service() -> Panel:
    told = Told(
        "Lines, by service",
        "How many in each interval, of those chosen.",
        empty="No line matches",
        height=6,
        links=(
            Link("Its lines", LOGS.url(service=label(SERVICE))),
            Link("Its traces", TRACES.url(service=label(SERVICE))),
        ),
    )
    return bars(told, _counted(SERVICE))


def _lines() -> Panel:
    told = Told(
        "Lines that match, the latest first",
        "Service, event, flow or route, how it ended, how long it took, then each step. Details have all fields, and a "
        "link to the trace.",
        empty="No line matches",
        width=FULL,
        height=18,
    )
    return lines_of_log(told, Logql(f"{_WITH_WORDS} {FOR_PEOPLE}"))


def _bad() -> Panel:
    told = Told(
        "Warnings and errors, whatever level is chosen",
        "Of the services chosen: what they themselves hold to be wrong. Requests that were refused are not among them.",
        empty="None in this time",
        width=FULL,
        height=10,
    )
    return lines_of_log(told, Logql(f"{_BAD} {FOR_PEOPLE}"))


def _counted(by: str) -> Logql:
    return Logql(f"sum by ({by}) (count_over_time({_WITH_WORDS} [$__auto]))", f"{{{{{by}}}}}")
