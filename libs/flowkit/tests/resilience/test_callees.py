"""Who may be asked again, and when."""

import pytest
from flowkit.contract import ErrorCode
from flowkit.resilience import Callee, Callees, Ending, Options
from flowkit.telemetry.metrics import Metrics

from .clocks import Time

DOWN = Ending("SERVICE_UNAVAILABLE")


def a_callee(options: Options | None = None) -> Callee:
    return Callees(Metrics("test"), options or Options(), Time().clock).of("test.line")


def is_tried_again(ending: Ending, *, retry_safe: bool) -> bool:
    return a_callee().pause(ending, 1, 5.0, retry_safe=retry_safe) is not None


def test_what_did_not_run_is_tried_again() -> None:
    assert is_tried_again(DOWN, retry_safe=False)


@pytest.mark.parametrize("code", ["TIMEOUT", "BAD_GATEWAY"])
def test_what_may_have_run_is_tried_again_where_that_is_safe(code: ErrorCode) -> None:
    assert is_tried_again(Ending(code), retry_safe=True)
    assert not is_tried_again(Ending(code), retry_safe=False)


@pytest.mark.parametrize(
    "code",
    [
        None,
        "VALIDATION_ERROR",
        "UNAUTHORIZED",
        "FORBIDDEN",
        "NOT_FOUND",
        "CONFLICT",
        "TOO_MANY_REQUESTS",
        "INTERNAL_ERROR",
    ],
)
def test_nothing_else_is(code: ErrorCode | None) -> None:
    assert not is_tried_again(Ending(code), retry_safe=True)


def test_what_was_tried_again_further_down_is_not_once_more() -> None:
    assert not is_tried_again(Ending("SERVICE_UNAVAILABLE", final=True), retry_safe=True)


def test_there_is_an_end_to_it() -> None:
    callee = a_callee()

    assert callee.pause(DOWN, 2, 5.0, retry_safe=True) is not None
    assert callee.pause(DOWN, 3, 5.0, retry_safe=True) is None


def test_pauses_are_all_chance_and_longer_each_time() -> None:
    callee = a_callee(Options(always_allowed=10_000))

    first = [callee.pause(DOWN, 1, 5.0, retry_safe=True) or 0.0 for _ in range(1000)]
    second = [callee.pause(DOWN, 2, 5.0, retry_safe=True) or 0.0 for _ in range(1000)]
    assert 0 <= min(first) < 0.005
    assert 0.045 < max(first) <= 0.05
    assert 0.09 < max(second) <= 0.1


def test_when_to_come_again_is_respected() -> None:
    pause = a_callee().pause(Ending("SERVICE_UNAVAILABLE", retry_after=1.5), 1, 5.0, retry_safe=True)

    assert pause is not None
    assert 1.5 <= pause <= 1.55


def test_nothing_is_tried_that_cannot_be_answered_in_time() -> None:
    assert a_callee().pause(Ending("SERVICE_UNAVAILABLE", retry_after=1.5), 1, 1.5, retry_safe=True) is None


def test_one_without_room_is_asked_once_more_and_at_once() -> None:
    callee, full = a_callee(), Ending("SERVICE_UNAVAILABLE", turned_away=True)

    pause = callee.pause(full, 1, 5.0, retry_safe=True)
    assert pause is not None
    assert pause <= 0.005
    assert callee.pause(full, 2, 5.0, retry_safe=True) is None


def test_retries_beyond_the_budget_are_counted_and_not_made() -> None:
    metrics = Metrics("test")
    callee = Callees(metrics, Options(), Time().clock).of("test.line")

    allowed = [callee.pause(DOWN, 1, 5.0, retry_safe=True) for _ in range(5)]

    assert [pause is None for pause in allowed] == [False, False, False, True, True]
    assert metrics.registry.get_sample_value("flow_call_retries_denied_total", {"flow": "test.line"}) == 2
