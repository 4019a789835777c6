"""Headers of the bus are taken as far as they are no longer than they may be."""

import pytest
from flowkit.telemetry.ids import IdsOnlyTracer
from flowkit.telemetry.spans import Tracing
from flowkit.wire import headers
from flowkit.wire.headers import LONGEST_REQUEST_ID, LONGEST_TRACE
from opentelemetry import context as otel_context

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FULL_STATE = ",".join(f"k{number}={'v' * 10}" for number in range(32))
FULL_BAGGAGE = "about=" + "b" * (LONGEST_TRACE[headers.BAGGAGE] - 6)


def passed_on(received: dict[str, str]) -> headers.Headers:
    """What a flow that was asked so asks others with."""
    tracing = Tracing(IdsOnlyTracer())
    carried: headers.Headers = {}
    token = otel_context.attach(tracing.handling("a.flow", received).context)
    try:
        tracing.inject(carried)
    finally:
        otel_context.detach(token)
    return carried


def test_a_trace_travels_on_with_as_much_as_it_may_carry() -> None:
    carried = passed_on({"traceparent": PARENT, "tracestate": FULL_STATE, "baggage": FULL_BAGGAGE})

    assert carried["traceparent"].startswith(PARENT[:36])
    assert (carried["tracestate"], carried["baggage"]) == (FULL_STATE, FULL_BAGGAGE)


@pytest.mark.parametrize(
    "state", ["k=" + "v" * 511, "k=" + "v" * 900_000, ",".join(f"k{number}=v" for number in range(33))]
)
def test_a_longer_state_is_dropped_and_the_trace_goes_on(state: str) -> None:
    carried = passed_on({"traceparent": PARENT, "tracestate": state})

    assert carried["traceparent"].startswith(PARENT[:36])
    assert "tracestate" not in carried


@pytest.mark.parametrize("size", [LONGEST_TRACE[headers.BAGGAGE], 900_000])
def test_longer_baggage_is_dropped_whole(size: int) -> None:
    assert passed_on({"traceparent": PARENT, "baggage": "a=" + "b" * size}).keys() == {"traceparent"}


def test_a_parent_longer_than_any_is_none() -> None:
    assert headers.trace({"traceparent": PARENT + "-" + "x" * 128}) == {}


@pytest.mark.parametrize("given", ["a" * (LONGEST_REQUEST_ID + 1), "a" * 900_000, "line\nbreak", "umläut", ""])
def test_a_request_id_that_cannot_be_told_in_a_line_is_none(given: str) -> None:
    assert headers.request_id({"x-request-id": given}) == ""


def test_a_request_id_is_taken_as_it_is() -> None:
    assert headers.request_id({"x-request-id": "a" * LONGEST_REQUEST_ID}) == "a" * LONGEST_REQUEST_ID
