"""Which step of a flow takes how long."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards.links import of_flow
from deploy.grafana.dashboards.panels import lines, ranking
from deploy.grafana.dashboards.places import TRACES, Link, label
from deploy.grafana.dashboards.promql import mean, quantile
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import Panel, Told
from deploy.grafana.dashboards.variables import OF_FLOW, OF_SERVICE

_BY: Final = (names.LABEL_FLOW, names.LABEL_STEP)
_LEGEND: Final = f"{{{{{names.LABEL_STEP}}}}} · {{{{{names.LABEL_FLOW}}}}}"


def panels() -> tuple[Panel, ...]:
    return (_mean(), _over_time())


def _mean() -> Panel:
    told = Told(
        "How long each step takes on average",
        "In the time chosen, of the steps that wrap work: where the time of a flow goes.",
        "s",
        empty="No step that wraps work was taken yet",
        height=10,
        links=_of_step(),
    )
    return ranking(told, Promql(mean(names.STEP_DURATION, OF_SERVICE, OF_FLOW, by=_BY), _LEGEND))


def _over_time() -> Panel:
    told = Told(
        "95 of 100 are faster than this, by step",
        "A step that grows alone is the cause; all that grow together wait for the same thing. Each dot is a request.",
        "s",
        empty="No step that wraps work was taken a second time yet",
        height=10,
        links=_of_step(),
    )
    query = quantile(0.95, names.STEP_DURATION, OF_SERVICE, OF_FLOW, by=_BY)
    return lines(told, Promql(query, _LEGEND, exemplars=True))


def _of_step() -> tuple[Link, ...]:
    step = label(names.LABEL_STEP)
    return (Link(f"Traces in which {step}", TRACES.url(step=step)), *of_flow())
