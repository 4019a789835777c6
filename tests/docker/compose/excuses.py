"""When a health check that calls a service down tells of a machine that stood still, and not of the service."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flowkit.telemetry.names import FLOW_HANDLED

from tests.integration.chaos.load import Outcome
from tests.integration.chaos.traffic import HEALTHCHECK
from tests.integration.chaos.waits import Waits

# A service takes a second to find that a part of it does not answer.
LOOKS_S = 0.9
_SUBJECT = "flow.health."

type Lines = Sequence[Mapping[str, Any]]


def is_the_machines(outcome: Outcome, lines: Lines, waits: Waits) -> bool:
    """Every service called down had the question and was still at it when it should have found out, and those at work
    waited for a processor for as long. Who says so at once, or never had the question, is not excused."""
    if outcome.request.path != HEALTHCHECK or outcome.status != 503:
        return False
    down, late = _called_down(outcome), set(_late(outcome, lines))
    return bool(down) and down <= late and waits.between(outcome.began, outcome.began + outcome.took) >= LOOKS_S


def _called_down(outcome: Outcome) -> set[str]:
    """Nobody, where the gateway could not ask at all."""
    told: dict[str, Any] = json.loads(outcome.why).get("data") or {}
    return {name for name, condition in told.get("services", {}).items() if condition == "down"}


def _late(outcome: Outcome, lines: Lines) -> Iterable[str]:
    """A look at its parts is shared by all who ask meanwhile: it may have begun for another's question."""
    health = [line for line in lines if line.get("event") == FLOW_HANDLED and line["flow"].startswith(_SUBJECT)]
    spans = [(line["flow"].removeprefix(_SUBJECT), line["trace_id"], *_span(line)) for line in health]
    gone = outcome.sent_at + outcome.took
    slow = {name for name, _, began, ended in spans if ended - began >= LOOKS_S and outcome.sent_at <= ended <= gone}
    for name, trace_id, _, ended in spans:
        if trace_id == outcome.trace_id and (name in slow or ended - outcome.sent_at >= LOOKS_S):
            yield name


def _span(line: Mapping[str, Any]) -> tuple[float, float]:
    ended = datetime.fromisoformat(line["timestamp"]).timestamp()
    return ended - line["duration_ms"] / 1000, ended
