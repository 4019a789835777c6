"""What Grafana finds when it starts: datasources that know of one another, dashboards where it looks, no way out."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from flowkit.telemetry import names

from deploy.grafana.dashboards.datasources import LOKI, PROMETHEUS, TEMPO

from . import meaning
from .reading import Json, Question, boards
from .settings import KEYS

DEPLOY = Path(__file__).parents[3] / "deploy"
PROVISIONING = DEPLOY / "grafana" / "provisioning"


def of_file(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


SOURCES: dict[str, Any] = {
    each["uid"]: each for each in of_file(PROVISIONING / "datasources/datasources.yaml")["datasources"]
}
GRAFANA: dict[str, Any] = of_file(DEPLOY / "compose/observability.yaml")["services"]["grafana"]


def as_grafana_reads(text: str) -> str:
    """A `$` stands for a variable of the environment, `$$` for itself."""
    return text.replace("$$", "$")


def uids_in(settings: object) -> set[str]:
    """Of the datasources that are referred to."""
    return set(re.findall(r"'datasourceUid': '(\w+)'", str(settings)))


def test_dashboards_ask_the_datasources_there_are() -> None:
    assert {(each.type_val, each.uid) for each in (PROMETHEUS, TEMPO, LOKI)} == {
        (each["type"], uid) for uid, each in SOURCES.items()
    }


def test_datasources_know_of_one_another() -> None:
    assert {uid: uids_in(each["jsonData"]) for uid, each in SOURCES.items()} == {
        "prometheus": {"tempo"},
        "tempo": {"loki", "prometheus"},
        "loki": {"tempo"},
    }


@pytest.mark.parametrize("uid", SOURCES)
def test_each_setting_is_one_that_the_plugin_has(uid: str) -> None:
    assert SOURCES[uid]["jsonData"].keys() <= KEYS[uid].keys()
    for key, inner in KEYS[uid].items():
        settings: Json = SOURCES[uid]["jsonData"].get(key, {}) if inner else {}
        assert settings.keys() <= inner, key


def test_rates_are_taken_over_what_prometheus_scrapes() -> None:
    scraped = of_file(DEPLOY / "prometheus/prometheus.yaml")["global"]["scrape_interval"]

    assert SOURCES["prometheus"]["jsonData"]["timeInterval"] == scraped


def test_a_request_on_a_graph_and_a_line_both_lead_to_their_trace() -> None:
    of_figures = SOURCES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    of_lines = SOURCES["loki"]["jsonData"]["derivedFields"]

    assert {each["name"] for each in of_figures} == {names.EXEMPLAR_TRACE}
    assert {(each["matcherType"], each["matcherRegex"]) for each in of_lines} == {("label", "trace_id")}
    for explore, board in (of_figures, of_lines):
        assert explore["datasourceUid"] == "tempo"
        assert as_grafana_reads(board["url"]) == "/d/flow-traces?var-trace_id=${__value.raw}"


def test_the_dashboard_they_lead_to_takes_the_id() -> None:
    assert "trace_id" in boards()["flow-traces"].variables


def tag_of(text: str) -> str:
    """What the figure is told apart by; no span has more than one of them."""
    if "http_" in text:
        return names.HTTP_ROUTE
    return names.RPC_METHOD if "flow_" in text else names.EVENT


def questions_of_a_span() -> list[Question]:
    """As they are asked of a span that has every attribute they are made of."""
    settings = SOURCES["tempo"]["jsonData"]
    of_metrics = settings["tracesToMetrics"]
    told = {tag["key"]: f'{tag["value"]}="any"' for tag in of_metrics["tags"]}
    figures = [(each["name"], as_grafana_reads(each["query"])) for each in of_metrics["queries"]]
    lines = as_grafana_reads(settings["tracesToLogsV2"]["query"]).replace("${__trace.traceId}", "any")
    asked = [(name, text.replace("$__tags", told[tag_of(text)])) for name, text in figures]
    return [Question("lines", "logql", lines), *(Question(name, "promql", text) for name, text in asked)]


@pytest.mark.parametrize("question", questions_of_a_span(), ids=lambda question: question.panel)
def test_what_is_asked_from_a_span_parses_and_asks_for_names_there_are(question: Question) -> None:
    (found,) = meaning.read([question])

    assert [*meaning.unreadable(found), *meaning.unknown(found)] == []


def test_spans_are_told_apart_by_attributes_they_have() -> None:
    asked = SOURCES["tempo"]["jsonData"]
    tags = [*asked["tracesToMetrics"]["tags"], *asked["tracesToLogsV2"]["tags"]]

    assert {tag["key"] for tag in tags} == {names.RPC_METHOD, names.HTTP_ROUTE, names.EVENT, "service.name"}


def test_dashboards_are_mounted_where_grafana_is_told_to_look() -> None:
    (provider,) = of_file(PROVISIONING / "dashboards/dashboards.yaml")["providers"]
    mounts = dict(volume.split(":")[:2] for volume in GRAFANA["volumes"] if volume.startswith(".."))
    folders = {(DEPLOY / "compose" / here).resolve(): there for here, there in mounts.items()}

    assert folders == {
        PROVISIONING / "datasources": "/etc/grafana/provisioning/datasources",
        PROVISIONING / "dashboards": "/etc/grafana/provisioning/dashboards",
        DEPLOY / "grafana/provisioned": provider["options"]["path"],
    }
    home = GRAFANA["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/overview.json"


def test_grafana_neither_asks_the_world_nor_takes_its_own_plugins_away() -> None:
    told = GRAFANA["environment"]
    off = ("ANALYTICS_REPORTING_ENABLED", "ANALYTICS_CHECK_FOR_UPDATES", "ANALYTICS_CHECK_FOR_PLUGIN_UPDATES")
    off += ("NEWS_NEWS_FEED_ENABLED", "PLUGINS_PLUGIN_ADMIN_ENABLED", "PLUGINS_PREINSTALL_AUTO_UPDATE")

    assert {told[f"GF_{name}"] for name in off} == {"false"}
    assert told["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert SOURCES.keys().isdisjoint(told["GF_PLUGINS_DISABLE_PLUGINS"].split(","))


def test_grafana_has_no_password_and_is_reached_from_this_machine_alone() -> None:
    told = GRAFANA["environment"]

    assert told["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert not [name for name in told if "PASSWORD" in name]
    assert all(port.startswith("127.0.0.1:") for port in GRAFANA["ports"])
