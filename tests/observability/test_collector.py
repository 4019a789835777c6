"""The order of the collector's pipelines, what is kept, and that neither backend can hold up the other."""

from typing import Any

from flowkit.telemetry import names
from flowkit.telemetry.lines import LONGEST_LINE

from .configurations import FILES, collector, read

MIB = 1024 * 1024
PIPELINES: dict[str, dict[str, list[str]]] = collector()["service"]["pipelines"]


def policies() -> dict[str, dict[str, Any]]:
    told: list[dict[str, Any]] = collector()["processors"]["tail_sampling"]["policies"]
    return {policy["name"]: policy for policy in told}


def test_pipelines_are_made_of_what_is_configured() -> None:
    configured = collector()
    for pipeline in PIPELINES.values():
        for kind, parts in pipeline.items():
            assert set(parts) <= configured[kind].keys()
    used = {part for pipeline in PIPELINES.values() for parts in pipeline.values() for part in parts}
    assert used == {part for kind in ("receivers", "processors", "exporters") for part in configured[kind]}


def test_memory_is_limited_before_anything_else_is_done() -> None:
    assert [pipeline["processors"][0] for pipeline in PIPELINES.values()] == ["memory_limiter", "memory_limiter"]


def test_secrets_are_gone_before_anything_is_kept_or_sent() -> None:
    for pipeline in PIPELINES.values():
        assert pipeline["processors"][1:3] == ["redaction/secrets", "redaction/emails"]


def test_each_backend_has_a_pipeline_and_a_bounded_queue_of_its_own() -> None:
    assert [pipeline["exporters"] for pipeline in PIPELINES.values()] == [["otlp_grpc/tempo"], ["otlp_http/loki"]]
    for exporter in collector()["exporters"].values():
        queue = exporter["sending_queue"]
        assert queue["sizer"] == "items"
        assert queue["batch"]["max_size"] <= queue["queue_size"] <= 50_000
        assert "block_on_overflow" not in queue
        assert exporter["retry_on_failure"]["max_elapsed_time"] == "60s"


def test_every_policy_has_the_settings_of_its_kind() -> None:
    for policy in policies().values():
        assert policy.keys() == {"name", "type", policy["type"]}


def test_errors_are_kept_and_slow_traces_and_those_a_client_asked_for() -> None:
    kept = policies()
    assert kept["errors"]["status_code"]["status_codes"] == ["ERROR"]
    assert kept["server-errors"]["numeric_attribute"]["key"] == names.HTTP_STATUS_CODE
    assert kept["slow"]["latency"]["threshold_ms"] == "${env:TRACE_SLOW_MS:-500}"
    assert kept["asked-for"]["boolean_attribute"] == {"key": names.TRACE_ASKED, "value": True}


def test_of_the_rest_a_share_is_kept_which_is_all_unless_told_otherwise() -> None:
    assert policies()["share"]["probabilistic"]["sampling_percentage"] == "${env:TRACE_SHARE_PERCENT:-100}"


def test_loki_makes_streams_of_two_labels_alone() -> None:
    resource = read(FILES["loki"])["limits_config"]["otlp_config"]["resource_attributes"]

    assert resource["ignore_defaults"] is True
    (index,) = resource["attributes_config"]
    assert index == {"action": "index_label", "attributes": ["service.name", "deployment.environment.name"]}


def test_loki_takes_the_largest_batch_of_the_longest_lines_at_once() -> None:
    limits = read(FILES["loki"])["limits_config"]
    batch = collector()["exporters"]["otlp_http/loki"]["sending_queue"]["batch"]["max_size"] * LONGEST_LINE

    assert limits["ingestion_burst_size_mb"] * MIB >= batch
    # Of a quiet cluster a whole batch may be one service's.
    assert int(limits["per_stream_rate_limit_burst"].removesuffix("MB")) * MIB >= batch


def test_tempo_takes_messages_as_large_as_the_collector_does() -> None:
    takers = (collector()["receivers"], read(FILES["tempo"])["distributor"]["receivers"])
    its, of_tempo = (taker["otlp"]["protocols"]["grpc"]["max_recv_msg_size_mib"] for taker in takers)

    assert of_tempo >= its


def test_what_is_stored_is_not_kept_for_ever() -> None:
    assert read(FILES["loki"])["limits_config"]["retention_period"] == "72h"
    assert read(FILES["tempo"])["backend_worker"]["compaction"]["block_retention"] == "72h"
