"""Who is there, in which version, and what Prometheus has an alert about."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards.foreign import UP
from deploy.grafana.dashboards.links import JOB, of_service
from deploy.grafana.dashboards.panels import ups_and_downs
from deploy.grafana.dashboards.places import LOGS, Link
from deploy.grafana.dashboards.promql import chosen, total
from deploy.grafana.dashboards.queries import Promql, PromqlNow
from deploy.grafana.dashboards.readings import rows
from deploy.grafana.dashboards.told import THIRD, Panel, Told
from deploy.grafana.dashboards.variables import OF_SERVICE

_VALUE: Final = "Value"
_OF_INSTANCE: Final = (JOB, "instance")


def panels() -> tuple[Panel, ...]:
    return (_instances(), _ups(), _alerts())


def _instances() -> Panel:
    told = Told(
        "Instances of each service, and their versions",
        "As each tells of itself. Two versions at once: a rollout is under way.",
        empty="No service is up",
        width=THIRD,
        links=(Link("Log lines", LOGS.url()),),
    )
    labels = (names.LABEL_SERVICE, names.LABEL_VERSION)
    columns = {names.LABEL_SERVICE: "Service", names.LABEL_VERSION: "Version", _VALUE: "Instances"}
    return rows(told, PromqlNow(total(chosen(names.SERVICE_INFO, OF_SERVICE), *labels)), columns)


def _ups() -> Panel:
    told = Told(
        "Up and down, by instance",
        "Whether Prometheus reached it, every five seconds. A band that ends has been stopped or taken away.",
        unit="short",
        empty="No service is up",
        width=THIRD,
        links=of_service(),
    )
    query = f"max by ({', '.join(_OF_INSTANCE)}) ({chosen(UP, OF_SERVICE)})"
    return ups_and_downs(told, Promql(query, f"{{{{{JOB}}}}} {{{{instance}}}}"))


def _alerts() -> Panel:
    told = Told(
        "Alerts firing, and of what",
        "Each is explained in docs/operations.md, with what to do first.",
        empty="None",
        width=THIRD,
    )
    firing = 'sum by (alertname, severity) (ALERTS{alertstate="firing"})'
    query = f'{firing} or on() label_replace(vector(0), "alertname", "none", "", "")'
    return rows(told, PromqlNow(query), {"alertname": "Alert", "severity": "Severity", _VALUE: "How many"})
