"""What may be planned, and what is in force."""

import json
import time
from typing import Any

import pytest
from flowkit.faults import Faults, PlannedFault, Unfit, key_of
from flowkit.faults.planned import decoded
from structlog.testing import capture_logs

GET = "api.v1.customer.get"


def planned(**given: Any) -> bytes:
    return json.dumps({"subject": GET, "until": time.time() + 60, "latency_ms": 100} | given).encode()


def in_force(*values: bytes, chance: float = 0.0) -> Faults:
    faults = Faults(lambda: chance)
    for number, value in enumerate(values):
        faults.take(f"key{number}", value)
    return faults


def test_a_fault_strikes_the_subjects_of_its_pattern() -> None:
    faults = in_force(planned(subject="api.v1.customer.*"))

    assert faults.of(GET) is not None
    assert faults.of("api.v1.admin.login") is None


def test_the_exact_subjects_plan_goes_before_a_patterns() -> None:
    faults = in_force(planned(subject="api.>", latency_ms=1), planned(latency_ms=2), planned(subject=">", latency_ms=3))

    struck = faults.of(GET)
    assert struck is not None
    assert struck.latency_ms == 2


@pytest.mark.parametrize(("chance", "strikes"), [(0.0, True), (0.29, True), (0.3, False), (0.99, False)])
def test_it_strikes_as_often_as_planned(chance: float, strikes: bool) -> None:
    assert (in_force(planned(probability=0.3), chance=chance).of(GET) is not None) is strikes


def test_it_does_not_outlive_its_end() -> None:
    faults = in_force(planned(until=time.time() + 0.5))
    assert faults.of(GET) is not None
    time.sleep(0.6)

    assert faults.of(GET) is None


def test_one_that_is_over_already_never_begins() -> None:
    assert in_force(planned(until=time.time() - 1)).of(GET) is None


def test_what_is_cleared_is_over() -> None:
    faults = in_force(planned())
    faults.take("key0", None)

    assert faults.of(GET) is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"drop it",
        b"\xff",
        b"[" * 5000,
        b"{}",
        planned(latency_ms=0),
        planned(latency_ms=-1),
        planned(latency_ms=60_001),
        planned(latency_ms="100"),
        planned(probability=0),
        planned(probability=1.1),
        planned(error="TEAPOT"),
        planned(error="TIMEOUT", drop=True),
        planned(subject="two words"),
        planned(subject=""),
        planned(until=time.time() + 25 * 3600),
        planned(unheard_of=1),
    ],
)
def test_what_is_malformed_is_not_in_force_and_said_so(value: bytes) -> None:
    with capture_logs() as told:
        faults = in_force(value)

    assert faults.of(GET) is None
    assert [(line["log_level"], line["event"]) for line in told] == [("warning", "planned fault ignored")]


def test_what_replaces_a_fault_and_cannot_be_read_ends_it() -> None:
    faults = in_force(planned())
    faults.take("key0", b"nonsense")

    assert faults.of(GET) is None


def test_there_is_an_end_to_how_many_are_kept() -> None:
    faults = in_force(*(planned(subject=f"api.v1.flow{number}") for number in range(200)))

    assert faults.of("api.v1.flow99") is not None
    assert faults.of("api.v1.flow100") is None


def test_a_plan_survives_its_way() -> None:
    fault = PlannedFault(subject="api.>", until=time.time() + 5, error="TIMEOUT", probability=0.5)

    assert decoded(fault.encoded()) == fault


def test_what_is_made_here_is_checked_too() -> None:
    with pytest.raises(Unfit, match="lasts 24 hours at most"):
        PlannedFault(subject=GET, until=time.time() + 90_000, drop=True).check()


@pytest.mark.parametrize(
    ("subject", "key"), [(GET, GET), ("api.v1.*.login", "api.v1.=any.login"), ("api.>", "api.=rest")]
)
def test_a_pattern_has_a_key(subject: str, key: str) -> None:
    assert key_of(subject) == key


def test_what_can_be_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="not a subject"):
        key_of("two words")
