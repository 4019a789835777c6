"""What can be chosen on top of a dashboard; the same names everywhere, so that a choice goes along."""

from typing import Final

from flowkit.telemetry import names
from grafana_foundation_sdk.builders.dashboard import CustomVariable, QueryVariable, TextBoxVariable
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import VariableModel, VariableOption, VariableRefresh, VariableSort

from deploy.grafana.dashboards import traceql
from deploy.grafana.dashboards.datasources import PROMETHEUS
from deploy.grafana.dashboards.links import JOB

type Variable = Builder[VariableModel]

OF_SERVICE: Final = f'{JOB}=~"$service"'
OF_FLOW: Final = f'{names.LABEL_FLOW}=~"$flow"'
OF_EVENT: Final = f'{names.LABEL_EVENT}=~"$event"'
OF_ROUTE: Final = f'{names.LABEL_ROUTE}=~"$route"'

_ANYTHING: Final = ".*"
_SOMETHING: Final = ".+"
_ALL: Final = VariableOption(selected=True, text="All", value="$__all")
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_OUTCOMES: Final = {"any": traceql.ANY, "failed": traceql.FAILED, "failed or refused": traceql.NOT_A_SUCCESS}
_SLOWER_THAN: Final = ("0ms", "10ms", "50ms", "250ms", "1s", "5s")


def service() -> Variable:
    """Loki will not look for streams by what might be nothing."""
    return _of_label("service", "Service", names.SERVICE_INFO, names.LABEL_SERVICE).all_value(_SOMETHING)


def flow() -> Variable:
    return _of_label("flow", "Flow", names.FLOWS_HANDLED, names.LABEL_FLOW)


def event() -> Variable:
    """Announced by somebody, or reacted to."""
    told = f'{{__name__=~"{names.EVENTS_PUBLISHED}|{names.EVENTS_HANDLED}"}}'
    return _of_label("event", "Event", told, names.LABEL_EVENT)


def route() -> Variable:
    return _of_label("route", "Route", names.HTTP_REQUESTS, names.LABEL_ROUTE)


def error_code() -> Variable:
    """Every code there is; to have ended well is none."""
    handled = f'{{__name__=~"{names.FLOWS_HANDLED}|{names.HTTP_REQUESTS}"}}'
    codes = _of_label("error_code", "Error code", handled, names.LABEL_ERROR_CODE)
    return codes.regex(f"/^(?!{names.NO_ERROR}$).+/")


def level() -> Variable:
    levels = CustomVariable("level").label("Level").values(",".join(_LEVELS)).multi(True)
    return levels.include_all(True).all_value(_ANYTHING).current(_ALL)


def outcome() -> Variable:
    values = ", ".join(f"{name} : {condition}" for name, condition in _OUTCOMES.items())
    first = VariableOption(selected=True, text="any", value=traceql.ANY)
    return CustomVariable("outcome").label("Outcome").values(values).current(first)


def slower() -> Variable:
    first = VariableOption(selected=True, text=_SLOWER_THAN[0], value=_SLOWER_THAN[0])
    return CustomVariable("slower").label("Slower than").values(",".join(_SLOWER_THAN)).current(first)


def words(name: str, label: str, told: str) -> Variable:
    """To be typed; empty is no choice."""
    nothing = VariableOption(selected=True, text="", value="")
    return TextBoxVariable(name).label(label).description(told).default_value("").current(nothing)


def _of_label(name: str, title: str, metric: str, label: str) -> QueryVariable:
    """The values a label has; all of them, until some are chosen."""
    asked: dict[str, object] = {
        "qryType": 1,
        "query": f"label_values({metric}, {label})",
        "refId": "PrometheusVariableQueryEditor-VariableQuery",
    }
    values = QueryVariable(name).label(title).datasource(PROMETHEUS).query(asked).definition(str(asked["query"]))
    values = values.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)
    return values.multi(True).include_all(True).all_value(_ANYTHING).current(_ALL).allow_custom_value(True)
