"""Every name telemetry has, and which labels go with it: ours from the code, the others' as they were recorded."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from flowkit.telemetry import names
from flowkit.telemetry.metrics import Metrics
from flowkit.telemetry.steps import Steps
from prometheus_client.parser import text_string_to_metric_families

_RECORDED: Final = Path(__file__).parents[1] / "metrics"
# What Prometheus adds to each series, and what a scrape itself tells.
_EVERYONES: Final = frozenset(("job", "instance"))
_OF_A_SCRAPE: Final = ("up", "scrape_samples_scraped", "scrape_duration_seconds")
# Labels of the others, where a dashboard asks for one.
_OTHERS_LABELS: Final = {
    "pg_": ("datname",),
    "otelcol_exporter_": ("exporter",),
    "ALERTS": ("alertname", "alertstate", "severity"),
    "traces_service_graph_": ("client", "server", "connection_type"),
}


@cache
def labels_by_metric() -> dict[str, frozenset[str]]:
    ours = {name: labels | _EVERYONES for name, labels in _ours()}
    others = {name: frozenset(_labels_of_other(name)) | _EVERYONES for name in _others()}
    return others | ours


def span_attributes() -> frozenset[str]:
    """Ours have a dot in them, which no metric has; of a resource, what the SDK is told."""
    resource = ("service.name", "service.version", "service.instance.id", "deployment.environment.name")
    return frozenset((*resource, *(value for value in _constants() if "." in value)))


def line_labels() -> frozenset[str]:
    """Of a line in Loki: two to find its stream by, the rest told beside it."""
    beside = ("severity_text", "detected_level", "trace_id", "span_id")
    return frozenset(("service_name", "deployment_environment_name", *beside, *names.LOG_ATTRIBUTES))


def step_fields() -> frozenset[str]:
    """Of a step in a log line."""
    steps = Steps()
    with steps.add("Thinking"):
        pass
    return frozenset(steps.rows()[0])


def _ours() -> Iterator[tuple[str, frozenset[str]]]:
    """As an ops port tells them, once everything has happened."""
    metrics = Metrics("any")
    flow = metrics.flow("any")
    flow.steps.took("Thinking", 1.0)
    metrics.route("/", "GET").done(200, None, 1.0)
    metrics.signal("spans")
    metrics.rate_limit("any", "address")
    metrics.calls("any")
    metrics.fault("any", "latency")
    metrics.reaction("any", "any", ("failed",))
    metrics.publishing("any")
    metrics.stream("any")
    metrics.readers("any", "any")
    metrics.logins_refused()("wrong")
    metrics.sessions_ended("any", 1)
    for name in _constants():
        with suppress(KeyError):  # none of those that are watched
            metrics.watch(name, lambda: 1.0)
    for family in text_string_to_metric_families(metrics.render()[0].decode()):
        for sample in family.samples:
            yield sample.name, frozenset(sample.labels)


def _others() -> Iterator[str]:
    yield from _OF_A_SCRAPE
    for file in _RECORDED.glob("*.txt"):
        yield from (line for line in file.read_text().splitlines() if line and not line.startswith("#"))


def _labels_of_other(name: str) -> tuple[str, ...]:
    return next((labels for prefix, labels in _OTHERS_LABELS.items() if name.startswith(prefix)), ())


def _constants() -> Iterator[str]:
    yield from (value for name, value in vars(names).items() if name.isupper() and isinstance(value, str))
