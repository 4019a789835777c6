"""What is read row by row: tables, traces, log lines, and the map of who calls whom."""

from dataclasses import replace
from typing import Final

from grafana_foundation_sdk.builders import common, logs, nodegraph, table
from grafana_foundation_sdk.builders.dashboard import Panel as AnyPanel
from grafana_foundation_sdk.models.common import LogsSortOrder
from grafana_foundation_sdk.models.dashboard import DataTransformerConfig, DynamicConfigValue

from deploy.grafana.dashboards.places import TRACES
from deploy.grafana.dashboards.queries import Logql, PromqlNow, ServiceMap, Traceql
from deploy.grafana.dashboards.told import Panel, Told, dressed

# What is set for a whole panel would hold for its texts and times too: an id of digits alone would become a number.
_TEXT: Final = "string"
_TRACE_ID: Final = "traceID"
_DURATION: Final = "traceDuration"


def rows(told: Told, query: PromqlNow, columns: dict[str, str]) -> Panel:
    """The labels to show, by the names to show them by; `Value` is the figure itself."""
    hidden = dict.fromkeys({"Time", "__name__"} - columns.keys(), True)
    order = {name: place for place, name in enumerate(columns)}
    options = {"excludeByName": hidden, "renameByName": columns, "indexByName": order}
    drawing = table.Panel().with_transformation(DataTransformerConfig("organize", options=options))
    drawing = drawing.override_by_name(columns["Value"], [DynamicConfigValue("unit", told.unit)])
    return dressed(drawing, replace(told, unit=_TEXT), (query,))


def traces(told: Told, query: Traceql, *, slowest_first: bool = False) -> Panel:
    """A row opens its trace; unfolded, it shows the spans that matched."""
    opens = {"title": "Open this trace", "url": TRACES.url(trace_id="${__value.raw}"), "targetBlank": False}
    drawing = table.Panel().override_by_name(_TRACE_ID, [DynamicConfigValue("links", [opens])])
    drawing = drawing.override_by_name(_DURATION, [DynamicConfigValue("unit", told.unit)])
    if slowest_first:
        drawing = drawing.sort_by([common.TableSortByFieldState().display_name("Duration").desc(True)])
    return dressed(drawing, replace(told, unit=_TEXT), (query,))


def trace(told: Told, query: Traceql) -> Panel:
    """One trace, span by span; a span's events are the steps that were taken."""
    return dressed(AnyPanel().type("traces"), replace(told, unit=_TEXT), (query,))


def lines_of_log(told: Told, query: Logql) -> Panel:
    drawing = logs.Panel().show_time(True).wrap_log_message(True).enable_log_details(True)
    drawing = drawing.sort_order(LogsSortOrder.DESCENDING).show_labels(False).prettify_log_message(False)
    return dressed(drawing, replace(told, unit=_TEXT), (query,))


def service_map(told: Told, query: ServiceMap | None = None) -> Panel:
    """Its figures come with units of their own."""
    return dressed(nodegraph.Panel(), replace(told, unit=_TEXT), (query or ServiceMap(),))
