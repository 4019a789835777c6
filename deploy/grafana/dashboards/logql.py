"""Queries of LogQL, put together; and how a line is told to a person."""

from typing import Final

from flowkit.telemetry import names

SERVICE: Final = "service_name"
LEVEL: Final = "severity_text"
TRACE_ID: Final = "trace_id"
EVENT, FLOW, ROUTE, _, FAULT, OUTCOME, _ = names.LOG_ATTRIBUTES

_ABOUT: Final = (
    "{{ .service_name }} · {{ .event }}{{ if .flow }} {{ .flow }}{{ end }}{{ if .route }} {{ .route }}{{ end }}"
    "{{ if .error_code }} · {{ .error_code }}{{ end }}{{ if .outcome }} · {{ .outcome }}{{ end }}"
    "{{ if .reason }} ({{ .reason }}){{ end }}{{ if .took }} · {{ .took }} ms{{ end }}"
)
_WHY: Final = "{{ if .fault }} · {{ .fault }}{{ end }}"
_STEPS: Final = (
    "{{ if .steps }}{{ range fromJson .steps }} → {{ .step }}{{ if .ms }} ({{ .ms }} ms){{ end }}{{ end }}{{ end }}"
)
FOR_PEOPLE: Final = (
    '| json steps="steps", took="duration_ms", reason="reason", fault="exception.message" '
    f"| line_format `{_ABOUT}{_WHY}{_STEPS}`"
)
"""What happened, how long it took, and each step with its time; all else is in the line's details."""


def lines(*stages: str) -> str:
    """Of the services chosen, through the stages."""
    return " ".join((f'{{{SERVICE}=~"${{service}}"}}', *(f"| {stage}" for stage in stages)))


def chosen(label: str, variable: str) -> str:
    return f'{label}=~"${{{variable}}}"'


def begins(label: str, variable: str) -> str:
    """Anything, while nothing is chosen."""
    return f'{label}=~"${{{variable}}}.*"'
