"""Metrics: counted, timed, and never more series than there are flows and routes."""

from collections.abc import Iterator

import pytest
from flowkit.telemetry import names
from flowkit.telemetry.instruments import MOST_STEPS
from flowkit.telemetry.metrics import Metrics
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics,  # pyright: ignore[reportUnknownVariableType] - it is untyped
)
from prometheus_client.parser import text_string_to_metric_families as text

SUBJECT = "api.v1.admin.login"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("admin", "1.2.3")


def samples(metrics: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    page = metrics.render()[0].decode()
    return {(s.name, frozenset(s.labels.items())): s.value for family in text(page) for s in family.samples}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return samples(metrics)[name, frozenset(labels.items())]


def test_flows_are_counted_by_how_they_ended(metrics: Metrics) -> None:
    flow = metrics.flow(SUBJECT)

    flow.done(None, 0.01)
    flow.done("CONFLICT", 0.02)
    flow.done("CONFLICT", 0.02)

    assert value(metrics, names.FLOWS_HANDLED, flow=SUBJECT, error_code="OK") == 1
    assert value(metrics, names.FLOWS_HANDLED, flow=SUBJECT, error_code="CONFLICT") == 2
    assert value(metrics, f"{names.FLOW_DURATION}_count", flow=SUBJECT) == 3
    assert value(metrics, f"{names.FLOW_DURATION}_bucket", flow=SUBJECT, le="0.01") == 1


def test_an_error_that_never_happened_is_told_as_zero(metrics: Metrics) -> None:
    metrics.flow(SUBJECT)

    assert value(metrics, names.FLOWS_HANDLED, flow=SUBJECT, error_code="TIMEOUT") == 0


def test_the_number_of_series_is_constant_over_ten_thousand_calls(metrics: Metrics) -> None:
    metrics.flow(SUBJECT)
    metrics.route("/api/v1/admin/list", "GET").done(200, None, 0.1)
    before = len(samples(metrics))

    for n in range(10_000):
        metrics.flow(SUBJECT).done("TIMEOUT" if n % 3 else None, n / 1000, TRACE)
        metrics.route("/api/v1/admin/list", "GET").done(200, None, n / 1000, TRACE)

    assert len(samples(metrics)) == before
    assert (
        value(metrics, names.HTTP_REQUESTS, route="/api/v1/admin/list", method="GET", status="200", error_code="OK")
        == 10_001
    )


def test_steps_that_wrap_work_are_timed(metrics: Metrics) -> None:
    steps = metrics.flow(SUBJECT).steps

    steps.took("Verifying password", 0.05)
    steps.took("Verifying password", 3.0)

    step = {"flow": SUBJECT, "step": "Verifying password"}
    assert value(metrics, f"{names.STEP_DURATION}_bucket", **step, le="0.1") == 1
    assert value(metrics, f"{names.STEP_DURATION}_count", **step) == 2


def test_sentences_past_the_most_a_flow_has_are_timed_as_one(metrics: Metrics) -> None:
    chatty, other = metrics.flow(SUBJECT).steps, metrics.flow("api.v1.admin.getList").steps
    for n in range(1000):
        chatty.took(f"Reading row {n}", 0.001)
    other.took("Counting total admins", 0.001)

    def count(flow: str, step: str) -> float:
        return value(metrics, f"{names.STEP_DURATION}_count", flow=flow, step=step)

    assert count(SUBJECT, "Reading row 0") == 1
    assert count(SUBJECT, names.OTHER_STEP) == 1000 - MOST_STEPS
    assert count("api.v1.admin.getList", "Counting total admins") == 1
    assert len([name for name, _ in samples(metrics) if name == f"{names.STEP_DURATION}_count"]) == MOST_STEPS + 2


def test_methods_nobody_serves_are_one_series(metrics: Metrics) -> None:
    for method in ("BREW", "X" * 100, "get"):
        metrics.route("/*", method).done(405, "METHOD_NOT_ALLOWED", 0.001)

    labels = {"route": "/*", "method": "_OTHER", "status": "405", "error_code": "METHOD_NOT_ALLOWED"}
    assert value(metrics, names.HTTP_REQUESTS, **labels) == 3


def test_what_a_route_is_to_expect_is_told_as_zero(metrics: Metrics) -> None:
    metrics.route("/api/v1/admin/list", "GET").expect({(200, None), (504, "TIMEOUT")})

    for status, error_code in (("200", "OK"), ("504", "TIMEOUT")):
        labels = {"route": "/api/v1/admin/list", "method": "GET", "status": status, "error_code": error_code}
        assert value(metrics, names.HTTP_REQUESTS, **labels) == 0


def exemplars(page: str) -> Iterator[dict[str, str]]:
    yield from (s.exemplar.labels for family in openmetrics(page) for s in family.samples if s.exemplar)


def test_openmetrics_carries_the_trace_of_a_slow_flow(metrics: Metrics) -> None:
    flow = metrics.flow(SUBJECT)
    flow.steps.took("Verifying password", 1.4, TRACE)
    flow.done(None, 1.5, TRACE)

    page, content_type = metrics.render("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")

    assert content_type.startswith("application/openmetrics-text")
    assert list(exemplars(page.decode())) == [{"trace_id": TRACE}] * 2


def test_whoever_asks_for_no_format_gets_text_without_exemplars(metrics: Metrics) -> None:
    metrics.flow(SUBJECT).done(None, 1.5, TRACE)

    page, content_type = metrics.render("*/*")

    assert content_type.startswith("text/plain")
    assert TRACE.encode() not in page


def test_watched_figures_are_read_when_asked_for(metrics: Metrics) -> None:
    waiting = [1, 2, 3]
    metrics.watch(names.FLOWS_WAITING, lambda: len(waiting))
    metrics.watch(names.NATS_RECONNECTS, lambda: 7)
    waiting.append(4)

    assert value(metrics, names.FLOWS_WAITING) == 4
    assert value(metrics, names.NATS_RECONNECTS) == 7


def test_a_figure_that_cannot_be_read_costs_no_other(metrics: Metrics) -> None:
    metrics.watch(names.POOL_SIZE, lambda: 1 / 0)
    metrics.watch(names.POOL_IN_USE, lambda: 2)

    assert value(metrics, names.POOL_IN_USE) == 2
    assert names.POOL_SIZE not in {name for name, _ in samples(metrics)}


def test_a_figure_nobody_named_is_refused(metrics: Metrics) -> None:
    with pytest.raises(KeyError, match="weather"):
        metrics.watch("weather", lambda: 1)


def test_two_registries_share_nothing() -> None:
    one, other = Metrics("admin"), Metrics("admin")
    one.flow(SUBJECT).done(None, 0.1)
    other.flow(SUBJECT)

    assert value(other, names.FLOWS_HANDLED, flow=SUBJECT, error_code="OK") == 0


def test_the_service_and_the_process_are_told(metrics: Metrics) -> None:
    assert value(metrics, names.SERVICE_INFO, service="admin", version="1.2.3") == 1
    assert value(metrics, "python_gc_collections_total", generation="0") >= 0
