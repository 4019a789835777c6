"""How long a request may still take."""

import time

import pytest
from flowkit.wire import headers
from flowkit.wire.deadline import Deadline


def test_the_budget_shrinks_from_hop_to_hop() -> None:
    first: headers.Headers = {}
    Deadline.after(20.0).write(first)
    time.sleep(0.02)  # what a hop takes

    second: headers.Headers = {}
    Deadline.read(first, default=9.0).write(second)

    assert 15_000 <= int(second[headers.TIMEOUT_MS]) <= 19_980


def test_a_request_held_up_on_its_way_has_expired_when_it_arrives() -> None:
    late = {headers.TIMEOUT_MS: "5000", headers.DEADLINE: str(int((time.time() - 1) * 1000))}

    assert Deadline.read(late, default=5.0).passed


def test_a_clock_that_is_behind_cannot_prolong_a_request() -> None:
    skewed = {headers.TIMEOUT_MS: "1000", headers.DEADLINE: str(int((time.time() + 3600) * 1000))}

    assert Deadline.read(skewed, default=5.0).left <= 1.0


@pytest.mark.parametrize("junk", ["", "-5", "1e9", "٣", "9" * 400, "5000ms", "0x10", " 5"])
def test_junk_counts_as_absent(junk: str) -> None:
    assert 1 < Deadline.read({headers.TIMEOUT_MS: junk, headers.DEADLINE: junk}, default=2.0).left <= 2.0


def test_no_caller_can_ask_for_ever() -> None:
    assert Deadline.read({headers.TIMEOUT_MS: "999999999"}, default=2.0).left <= 300
