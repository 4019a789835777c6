"""The shape of ADR-32's answers, as NATS publishes it under https://nats.io/schemas/micro/v1/."""

from typing import Any

_NAME = {"type": "string", "minLength": 1, "pattern": "^[a-zA-Z0-9_-]+$"}
_TEXT = {"type": "string"}
_SOME_TEXT = {"type": "string", "minLength": 1}
_INT64 = {"type": "integer", "minimum": -(2**63) + 1, "maximum": 2**63 - 1}
_METADATA = {"oneOf": [{"type": "object", "additionalProperties": _TEXT}, {"type": "null"}]}
# Semantic versioning's own expression, from semver.org.
_VERSION = {
    "type": "string",
    "minLength": 5,
    "pattern": (
        r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
        r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
        r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$"
    ),
}
_ENDPOINT = {"name": _NAME, "subject": _SOME_TEXT, "queue_group": _SOME_TEXT}


def _record(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


def _response(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    head = {
        "type": {"const": f"io.nats.micro.v1.{kind}_response"},
        "name": _NAME,
        "id": _SOME_TEXT,
        "version": _VERSION,
        "metadata": _METADATA,
    }
    return _record(head | properties, "metadata")


_COUNTED = _ENDPOINT | {
    "num_requests": _INT64,
    "num_errors": _INT64,
    "last_error": _TEXT,
    "processing_time": _INT64,
    "average_processing_time": _INT64,
    "data": {"type": "object"},
}

PING = _response("ping", {})
INFO = _response(
    "info",
    {
        "description": _TEXT,
        "endpoints": {"type": "array", "items": _record(_ENDPOINT | {"metadata": _METADATA}, "metadata")},
    },
)
STATS = _response(
    "stats",
    {
        "started": {"type": "string", "format": "date-time"},
        "endpoints": {"type": "array", "items": _record(_COUNTED, "data")},
    },
)
