"""What the collector's redaction makes of a text: its own patterns, in their order."""

from typing import Any

from .configurations import collector
from .expressions import compiled

MASKED, HASHED = "****", "<hash>"


def redacted_text(text: str) -> str:
    """Of an attribute's value or a log line's body."""
    for pattern in patterns("secrets", "blocked_values"):
        text = compiled(pattern).sub(MASKED, text)
    for pattern in patterns("emails", "blocked_values"):
        text = compiled(pattern).sub(HASHED, text)
    return text


def redacted_attribute(key: str, value: str) -> str:
    if any(compiled(pattern).search(key) for pattern in patterns("secrets", "blocked_key_patterns")):
        return MASKED
    return redacted_text(value)


def patterns(which: str, kind: str) -> list[str]:
    processor: dict[str, Any] = collector()["processors"][f"redaction/{which}"]
    return processor[kind]
