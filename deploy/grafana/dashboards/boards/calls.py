"""How services do as their callers see it: asked again, given up on, left alone; and what was broken on purpose."""

from typing import Final

from flowkit.telemetry import names

from deploy.grafana.dashboards.links import JOB
from deploy.grafana.dashboards.panels import bars, lines
from deploy.grafana.dashboards.promql import chosen, rate, some, total
from deploy.grafana.dashboards.queries import Promql
from deploy.grafana.dashboards.told import Panel, Told
from deploy.grafana.dashboards.variables import OF_FLOW

_FLOW: Final = f"{{{{{names.LABEL_FLOW}}}}}"
_CALLER: Final = f"{{{{{JOB}}}}}"


def panels() -> tuple[Panel, ...]:
    return (_circuits(), _refusals(), _retries(), _faults())


def _circuits() -> Panel:
    told = Told(
        "Circuits, by flow and caller",
        "0 is closed, 1 tries whether it answers again, 2 is open: that caller asks no more. The worst of all.",
        empty="No flow has been called yet",
    )
    query = f"max by ({JOB}, {names.LABEL_FLOW}) ({chosen(names.CIRCUIT_STATE, OF_FLOW)})"
    return lines(told, Promql(query, f"{_FLOW} at {_CALLER}"))


def _refusals() -> Panel:
    told = Told(
        "Calls not made since a circuit was open",
        "A second, by flow. Each was answered 503 at once.",
        "ops",
        empty="None: every flow was asked",
    )
    return bars(told, Promql(some(total(rate(names.CIRCUIT_REFUSALS, OF_FLOW), names.LABEL_FLOW)), _FLOW))


def _retries() -> Panel:
    told = Told(
        "Asked again, and given up on",
        "A second. Retries are a tenth of what is asked at most; what exceeds that is given up on.",
        "ops",
        empty="None: whoever was asked answered",
    )
    again = total(rate(names.CALL_ATTEMPTS, OF_FLOW, f'{names.LABEL_ATTEMPT}="{names.RETRY}"'), names.LABEL_FLOW)
    denied = total(rate(names.CALL_RETRIES_DENIED, OF_FLOW), names.LABEL_FLOW)
    return bars(told, Promql(some(again), f"again · {_FLOW}"), Promql(some(denied), f"given up on · {_FLOW}"))


def _faults() -> Panel:
    told = Told(
        "Faults on purpose",
        "A second, by flow and kind: planned with flow faults, where FAULT_INJECTION=allowed.",
        "ops",
        empty="None: whatever goes wrong goes wrong by itself",
    )
    query = some(total(rate(names.FAULTS_INJECTED, OF_FLOW), names.LABEL_FLOW, names.LABEL_FAULT))
    return bars(told, Promql(query, f"{{{{{names.LABEL_FAULT}}}}} · {_FLOW}"))
