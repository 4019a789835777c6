"""The settings each datasource plugin has, as its own schema (pkg/schema/settings.gen.json) lists them, and of those
that hold others what Grafana's page on provisioning Tempo shows."""

from typing import Final

_NONE: Final = frozenset[str]()

KEYS: Final = {
    "prometheus": {
        "exemplarTraceIdDestinations": _NONE,
        "httpMethod": _NONE,
        "manageAlerts": _NONE,
        "prometheusType": _NONE,
        "prometheusVersion": _NONE,
        "timeInterval": _NONE,
    },
    "loki": {"derivedFields": _NONE, "manageAlerts": _NONE, "maxLines": _NONE, "timeout": _NONE},
    "tempo": {
        "nodeGraph": {"enabled"},
        "search": {"hide", "filters"},
        "serviceMap": {"datasourceUid"},
        "spanBar": {"type", "tag"},
        "streamingEnabled": {"search", "metrics"},
        "traceQuery": {"timeShiftEnabled", "spanStartTimeShift", "spanEndTimeShift"},
        "tracesToLogsV2": {
            "customQuery",
            "datasourceUid",
            "filterBySpanID",
            "filterByTraceID",
            "query",
            "spanEndTimeShift",
            "spanStartTimeShift",
            "tags",
        },
        "tracesToMetrics": {"datasourceUid", "queries", "spanEndTimeShift", "spanStartTimeShift", "tags"},
    },
}
