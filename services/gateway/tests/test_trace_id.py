"""Which trace a client's headers ask for."""

import pytest
from gateway_service.http import trace_id
from gateway_service.http.arrival import Arrival
from opentelemetry.trace import SpanContext

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def wanted(*headers: tuple[bytes, bytes]) -> SpanContext | int | None:
    return trace_id.wanted(Arrival.read("GET", "/", b"", headers))


@pytest.mark.parametrize("text", [f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-more"])
def test_traceparent_names_a_parent_of_which_only_the_ids_are_taken(text: str) -> None:
    parent = wanted((b"traceparent", text.encode()))

    assert isinstance(parent, SpanContext)
    assert (parent.trace_id, parent.span_id, parent.is_remote) == (int(TRACE, 16), int(SPAN, 16), True)
    assert not parent.trace_flags.sampled


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_a_malformed_traceparent_is_not_used(text: str) -> None:
    assert wanted((b"traceparent", text.encode())) is None


@pytest.mark.parametrize(
    "text", [TRACE, TRACE.upper(), f"{TRACE[:8]}-{TRACE[8:12]}-{TRACE[12:16]}-{TRACE[16:20]}-{TRACE[20:]}"]
)
def test_x_trace_id_is_32_digits_or_a_uuid(text: str) -> None:
    assert wanted((b"x-trace-id", text.encode())) == int(TRACE, 16)


@pytest.mark.parametrize(
    "text", ["", "0" * 32, TRACE[1:], f"{TRACE}0", f"{TRACE[:8]}-{TRACE[8:]}", "g" * 32, f"0x{TRACE[2:]}"]
)
def test_a_malformed_x_trace_id_is_not_used(text: str) -> None:
    assert wanted((b"x-trace-id", text.encode())) is None


def test_traceparent_goes_before_x_trace_id_unless_it_is_malformed() -> None:
    asked = (b"x-trace-id", b"1" * 32)

    assert isinstance(wanted((b"traceparent", f"00-{TRACE}-{SPAN}-01".encode()), asked), SpanContext)
    assert wanted((b"traceparent", b"junk"), asked) == int("1" * 32, 16)


def test_what_is_given_twice_is_not_used() -> None:
    assert wanted((b"x-trace-id", TRACE.encode()), (b"x-trace-id", TRACE.encode())) is None
