"""A health check is excused by what was logged and what the kernel counted, and by nothing else."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integration.chaos.load import Outcome
from tests.integration.chaos.traffic import HEALTHCHECK
from tests.integration.chaos.waits import Waits
from tests.integration.chaos.wire import Request

from .excuses import is_the_machines

SENT_AT = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
BUSY, IDLE = Waits(tuple, [(99.0, 0.0), (103.0, 2.0)]), Waits(tuple, [(99.0, 0.0), (103.0, 0.1)])


def called_down(*services: str, path: str = HEALTHCHECK, status: int = 503) -> Outcome:
    told = dict.fromkeys(("auth", "customer", "order"), "up") | dict.fromkeys(services, "down")
    why = json.dumps({"success": False, "status": status, "data": {"status": "unavailable", "services": told}})
    return Outcome(Request("GET", path), status, "SERVICE_UNAVAILABLE", 100.0, 1.2, SENT_AT, why, "a trace")


def answer(service: str, after_s: float, **others: Any) -> Mapping[str, Any]:
    told = datetime.fromtimestamp(SENT_AT + after_s, UTC).isoformat().replace("+00:00", "Z")
    ended = {"timestamp": told, "duration_ms": 1000 * after_s}
    return {"event": "flow", "flow": f"flow.health.{service}", "trace_id": "a trace"} | ended | others


LATE = [answer("auth", 1.1), answer("customer", 0.1)]


def test_who_was_at_it_on_a_machine_that_stood_still_is_excused() -> None:
    assert is_the_machines(called_down("auth"), LATE, BUSY)


def test_who_joined_a_look_that_was_under_way_is_excused_by_it() -> None:
    joined = [answer("auth", 0.5), answer("auth", 0.5, trace_id="another", duration_ms=1000)]
    assert is_the_machines(called_down("auth"), joined, BUSY)


@pytest.mark.parametrize(
    ("outcome", "lines"),
    [
        (called_down("auth"), [answer("auth", 0.1)]),
        (called_down("auth"), []),
        (called_down("auth"), [answer("auth", 1.1, trace_id="another")]),
        (called_down("auth"), [answer("auth", 1.1, event="turned away")]),
        (called_down("auth"), [answer("auth", 0.1), answer("auth", 9.0, trace_id="another")]),
        (called_down("auth", "customer"), LATE),
        (called_down(), LATE),
        (called_down("auth", path="/api/v1/customers"), LATE),
        (called_down("auth", status=504), LATE),
    ],
    ids=[
        "at once",
        "lost",
        "another's",
        "turned away",
        "later",
        "one of two",
        "nobody",
        "not the health check",
        "no verdict",
    ],
)
def test_who_says_so_at_once_or_never_had_the_question_is_not(outcome: Outcome, lines: list[Mapping[str, Any]]) -> None:
    assert not is_the_machines(outcome, lines, BUSY)


def test_nobody_is_excused_by_a_machine_that_has_time() -> None:
    assert not is_the_machines(called_down("auth"), LATE, IDLE)
