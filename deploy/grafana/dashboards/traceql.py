"""Queries of TraceQL, put together."""

from typing import Final

from flowkit.telemetry import names

ANY: Final = "true"
FAILED: Final = "status = error"
NOT_A_SUCCESS: Final = f"status = error || span.{names.ERROR_CODE} != nil"

STEP: Final = "event:name"


def matches(attribute: str, variable: str) -> str:
    """Some span has it as chosen; or nothing is chosen.

    Few spans have an attribute, all have a name: an empty choice, or `.*`, matches any name, and a value that was
    chosen matches none but that of the span which has it anyway.
    """
    return f'{{ span.{attribute} =~ "${{{variable}}}" || name =~ ".*(${{{variable}}})" }}'


def taken(variable: str) -> str:
    """Some step contains the words."""
    return f'{{ {STEP} =~ ".*${{{variable}}}.*" }}'


def from_service(variable: str) -> str:
    return f'{{ resource.service.name =~ "${{{variable}}}" }}'


def both(*spansets: str) -> str:
    return " && ".join(spansets)


def latest(spansets: str, *attributes: str) -> str:
    """The attributes to show beside each span found. Unless asked for the latest, Tempo gives any that match."""
    return f"{spansets} | select({', '.join(attributes)}) with (most_recent=true)"
