"""What watches the cluster, under Compose, is contained."""

from typing import Any

import pytest

from .configurations import DEPLOY, read

FILE = read(DEPLOY / "compose/observability.yaml")
WATCHERS: dict[str, dict[str, Any]] = FILE["services"]
CHORES = {"email-hash-key", "postgres-exporter-role"}
each_watcher = pytest.mark.parametrize("name", sorted(WATCHERS.keys() - CHORES))
STORING = {"tempo": "/var/tempo", "loki": "/loki", "prometheus": "/prometheus", "grafana": "/var/lib/grafana"}


@each_watcher
def test_a_watcher_is_contained(name: str) -> None:
    watcher = WATCHERS[name]

    assert watcher["restart"] == "unless-stopped"
    assert watcher["read_only"] is True
    assert watcher["cap_drop"] == ["ALL"]
    assert watcher["security_opt"] == ["no-new-privileges:true"]
    assert watcher["mem_limit"]
    assert watcher["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert watcher.get("user") != "root"


def test_only_grafana_is_published_and_to_this_host_alone() -> None:
    assert {name: watcher["ports"] for name, watcher in WATCHERS.items() if "ports" in watcher} == {
        "grafana": ["127.0.0.1:${GRAFANA_PORT:-3000}:3000"]
    }


@pytest.mark.parametrize("name", STORING)
def test_what_is_stored_is_on_a_volume_of_its_own(name: str) -> None:
    assert f"{name}-data:{STORING[name]}" in WATCHERS[name]["volumes"]
    assert f"{name}-data" in FILE["volumes"]


def test_prometheus_takes_exemplars_and_what_tempo_writes_and_forgets_in_time() -> None:
    flags = set(WATCHERS["prometheus"]["command"])

    assert flags >= {
        "--enable-feature=exemplar-storage",
        "--web.enable-remote-write-receiver",
        "--storage.tsdb.retention.time=72h",
        "--storage.tsdb.retention.size=2GB",
    }
    assert not any("otlp" in flag for flag in flags)


@each_watcher
def test_what_is_written_in_go_knows_its_limit(name: str) -> None:
    """A collector of garbage that does not know of the limit lets the kernel end the process."""
    watcher = WATCHERS[name]
    if name == "grafana" or name.endswith("-exporter"):
        assert "GOMEMLIMIT" not in watcher.get("environment", {})
        return
    limit = watcher["mem_limit"].replace("1g", "1024m")
    share = int(watcher["environment"]["GOMEMLIMIT"].removesuffix("MiB")) / int(limit.removesuffix("m"))
    assert 0.7 < share < 0.85
