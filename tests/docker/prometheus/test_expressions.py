"""Every expression gives something to look at, soon after the first requests."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.starter import Starter
from tests.observability.rules import alerts, rules

from .expressions import ELSEWHERE, OF_TROUBLE, Asked, of_dashboards, of_links, of_rules, of_variables
from .server import Prometheus, scraping
from .traffic import Traffic
from .trouble import ALLOWED, troubled

# As promised: from the first requests on. The windows of rates are 20 s.
WITHIN_S = 30.0


def here(asked: Iterable[Asked]) -> list[Asked]:
    return [each for each in asked if not each.elsewhere]


async def silent(prometheus: Prometheus, asked: list[Asked]) -> list[str]:
    """Those that still give nothing when the time is over."""
    end = time.monotonic() + WITHIN_S
    while asked and time.monotonic() < end:
        answers = await asyncio.gather(*(prometheus.query(each.expression) for each in asked))
        asked = [each for each, answer in zip(asked, answers, strict=True) if not answer]
        await asyncio.sleep(0.5)
    return [str(each) for each in asked]


async def test_every_expression_of_a_dashboard_gives_data(prometheus: Prometheus) -> None:
    asked = [each for each in here(of_dashboards()) if not each.is_of_trouble]
    assert len(asked) > 30

    assert await silent(prometheus, asked) == []


async def test_what_shows_trouble_alone_gives_data_when_there_is_some(starter: Starter, tmp_path: Path) -> None:
    asked = [each for each in of_dashboards() if each.is_of_trouble]
    assert {each.where for each in asked} == OF_TROUBLE

    async with starter.started(ALLOWED) as running, troubled(running), scraping(running, tmp_path) as prometheus:
        assert await silent(prometheus, asked) == []


async def test_every_link_from_a_span_to_metrics_gives_data(prometheus: Prometheus) -> None:
    asked = list(of_links())
    assert asked

    assert await silent(prometheus, asked) == []


async def test_every_part_of_a_rule_gives_data(prometheus: Prometheus) -> None:
    asked = here(of_rules())
    assert len(asked) > len(rules()) / 2

    assert await silent(prometheus, asked) == []


async def test_every_list_to_choose_from_has_something_to_choose(prometheus: Prometheus) -> None:
    for dashboard, metric, label in of_variables():
        assert await prometheus.values(label, metric), f"{dashboard}: {label} of {metric}"


async def test_an_expression_that_gives_nothing_is_found(prometheus: Prometheus) -> None:
    assert await prometheus.query("sum(rate(flow_handeld_total[20s]))") == []


async def test_rules_are_evaluated_and_a_healthy_cluster_raises_no_alert(prometheus: Prometheus) -> None:
    told = await prometheus.rules()
    assert len(told) == len(rules())

    assert {rule["name"]: rule["lastError"] for rule in told if "lastError" in rule} == {}
    assert {rule["name"] for rule in told if rule.get("state") == "firing"} == set()
    assert {rule["name"] for rule in told if rule["type"] == "alerting"} == {alert.name for alert in alerts()}


async def test_what_is_checked_elsewhere_is_what_is_named_and_no_more() -> None:
    asked = [*of_dashboards(), *of_links(), *of_rules()]

    assert {each.elsewhere for each in asked} - {""} == ELSEWHERE.keys()


async def test_exemplars_are_the_traces_of_requests_that_were_made(prometheus: Prometheus, traffic: Traffic) -> None:
    for metric in ("http_request_duration", "flow_duration", "outbox_lag", "event_duration", "event_age"):
        end = time.monotonic() + WITHIN_S
        while not (kept := await prometheus.exemplars(f"{metric}_seconds_bucket")) & traffic.trace_ids:
            assert time.monotonic() < end, f"{metric}: {len(kept)} are of others"
            await asyncio.sleep(0.5)
