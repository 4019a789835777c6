"""Every PromQL expression of dashboards, of the datasources' links and of rules, as Prometheus can be asked it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tests.observability.configurations import DEPLOY, read
from tests.observability.rules import metrics_of, recorded, rules

# What Grafana would put in their place. `$__rate_interval` is at least four scrapes.
VARIABLES: Mapping[str, str] = {
    "$__rate_interval": "20s",
    "$__range": "15m",
    "$__interval": "5s",
    "$service": ".+",
    "$route": ".+",
    "$flow": ".+",
    "$event": ".+",
}
# Those whose metrics cannot be had here, by the list in tests/observability/metrics that has their names instead.
ELSEWHERE: Mapping[str, str] = {
    "nats-exporter": "no registry gives its image everywhere, and no package holds it",
    "postgres-exporter": "no registry gives its image everywhere",
    "otel-collector": "no registry gives its image everywhere",
    "tempo": "no registry gives its image everywhere",
    "loki": "no registry gives its image everywhere",
}
# Panels that show nothing while all is well: they count what only trouble brings, and it is made for them.
OF_TROUBLE = frozenset(
    (
        "flows, Calls not made since a circuit was open",
        "flows, Asked again, and given up on",
        "flows, Faults on purpose",
        "events, Tries to store an event that failed, a second",
        "events, Given again a second, and found done already",
        "events, Given up, by service, event and reason",
        "infrastructure, Requests turned away a second, by route",
        "infrastructure, Requests over a rate limit a second",
    )
)
_TAGS: Mapping[str, str] = {"http_": "route", "flow_": "flow", "": "event"}
_AND_OR = re.compile(r"^(?:or|and|unless(?: on \([^)]*\))?) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    where: str
    expression: str

    def __str__(self) -> str:
        return f"{self.where}: {self.expression}"

    @property
    def is_of_trouble(self) -> bool:
        return self.where in OF_TROUBLE

    @property
    def elsewhere(self) -> str:
        """The list that has all its metrics, where those cannot be had here."""
        metrics = metrics_of(self.expression)
        return next((name for name in ELSEWHERE if metrics and metrics <= _only(name)), "")


def of_dashboards() -> Iterator[Asked]:
    for file in sorted((DEPLOY / "grafana/provisioned").glob("*.json")):
        for panel in _panels(json.loads(file.read_text())["panels"]):
            for target in panel.get("targets", []):
                if "expr" in target and _is_of_prometheus(panel, target):
                    yield Asked(f"{file.stem}, {panel['title']}", told(target["expr"]))


def of_links() -> Iterator[Asked]:
    """From a span to metrics: the tags of the span are its flow's, its route's, or its event's."""
    for source in read(DEPLOY / "grafana/provisioning/datasources/datasources.yaml")["datasources"]:
        for query in source["jsonData"].get("tracesToMetrics", {}).get("queries", []):
            tags = next(f'{label}=~".+"' for part, label in _TAGS.items() if part in query["query"])
            expression = query["query"].replace("$$__tags", tags).replace("$$", "$")
            yield Asked(f"{source['name']}, {query['name']}", told(expression))


def of_rules() -> Iterator[Asked]:
    """Each part of an alert by itself and without its comparison, which is false while all is well."""
    for rule in rules():
        parts = _AND_OR.split(rule.expression) if rule.alerts else [rule.expression]
        yield from (Asked(rule.name, _compared_to_nothing(part)) for part in parts)


def of_variables() -> Iterator[tuple[str, str, str]]:
    """Dashboard, metric and label of each list to choose from."""
    for file in sorted((DEPLOY / "grafana/provisioned").glob("*.json")):
        for variable in json.loads(file.read_text())["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = _label_values(variable["query"]["query"])
                yield file.stem, metric, label


def told(expression: str) -> str:
    for variable, value in sorted(VARIABLES.items(), reverse=True):
        expression = expression.replace(variable, value)
    return expression


def _compared_to_nothing(part: str) -> str:
    """What is compared, subtracted: it has a value whatever it is. What is to be absent, as it is there."""
    return re.sub(r"(?:==|!=|>=|<=|>|<)(?=\s*[\w(])", "-", part.replace("absent(", "("))


def _panels(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels", []))


def _is_of_prometheus(panel: dict[str, Any], target: dict[str, Any]) -> bool:
    source = cast("dict[str, str]", target.get("datasource") or panel.get("datasource") or {})
    return source.get("uid") == "prometheus"


def _label_values(query: str) -> tuple[str, str]:
    found = re.fullmatch(r"label_values\((.+), (\w+)\)", query)
    assert found is not None, query
    return found[1], found[2]


def _only(name: str) -> set[str]:
    """What a process of Python tells too, as all of Go's do, is to be had here."""
    return {metric for metric in recorded(name) if not metric.startswith("process_")}
