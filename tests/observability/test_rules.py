"""Every rule speaks of metrics that there are, every alert tells what to do, and no service is forgotten."""

import re
from typing import Any

import pytest

from .configurations import DEPLOY, read
from .rules import Rule, alerts, metrics_of, ours, recorded, rules

each_alert = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
PROMETHEUS = read(DEPLOY / "prometheus/prometheus.yaml")


def services() -> set[str]:
    """Those that are built here."""
    told: dict[str, Any] = read(DEPLOY / "compose/cluster.yaml")["services"]
    return {name for name, service in told.items() if "build" in service}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_speaks_of_metrics_that_there_are(rule: Rule) -> None:
    known = ours() | recorded() | {rule.name for rule in rules() if not rule.alerts}

    assert metrics_of(rule.expression) - known == set()


def test_a_metric_that_is_not_there_is_found() -> None:
    asked = metrics_of('sum by (job) (rate(flow_handeld_total{flow="x", a="b"}[5m])) > 0.5 or nats_connected == 0')

    assert asked == {"flow_handeld_total", "nats_connected"}
    assert asked - ours() == {"flow_handeld_total"}


def test_every_recorded_series_is_asked_for() -> None:
    made = {rule.name for rule in rules() if not rule.alerts}

    assert made - {metric for alert in alerts() for metric in metrics_of(alert.expression)} == set()


@each_alert
def test_an_alert_tells_how_bad_it_is_and_what_to_do_first(alert: Rule) -> None:
    assert alert.labels.keys() == {"severity"}
    assert alert.labels["severity"] in {"page", "ticket"}
    assert alert.annotations.keys() == {"summary", "description", "runbook"}
    assert alert.annotations["runbook"] == f"docs/operations.md#{alert.name.lower()}"
    assert len(alert.annotations["description"].split(".")) > 2


def test_every_alert_has_a_name_of_its_own_and_a_test() -> None:
    told = [alert.name for alert in alerts()]
    assert len(told) == len(set(told))
    fired: set[str] = set()
    for file in (DEPLOY / "prometheus/tests").glob("*.yaml"):
        cases = [case for test in read(file)["tests"] for case in test["alert_rule_test"]]
        fired |= {case["alertname"] for case in cases if case["exp_alerts"]}
        assert {case["alertname"] for case in cases if not case["exp_alerts"]} == {case["alertname"] for case in cases}
    assert fired == set(told)


def test_every_service_is_scraped_and_missed_when_it_is_not_there() -> None:
    (discovery,) = next(job for job in PROMETHEUS["scrape_configs"] if job["job_name"] == "services")["dns_sd_configs"]
    (missed,) = [alert for alert in alerts() if alert.name == "ServiceHasNoInstance"]

    assert set(discovery["names"]) == services()
    assert set(re.findall(r'absent\(up\{job="(\w+)"\}\)', missed.expression)) == services()
    assert set(re.findall(r'job=~"([^"]+)"', missed.expression)[0].split("|")) == services()


def test_others_are_scraped_where_they_are_known_to_be() -> None:
    told: dict[str, Any] = read(DEPLOY / "compose/observability.yaml")["services"]
    static = [job for job in PROMETHEUS["scrape_configs"] if "static_configs" in job]
    hosts = {target.split(":")[0] for job in static for each in job["static_configs"] for target in each["targets"]}

    assert hosts - {"localhost"} <= told.keys()
