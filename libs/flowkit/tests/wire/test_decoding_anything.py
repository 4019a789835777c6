"""Whatever bytes come, they are a payload or are refused in the contract's words: nothing else is raised."""

import json
from typing import Any

import pytest
from flowkit.contract import Email, Invalid, Name, Payload
from flowkit.wire.decoding import PayloadDecoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


class Part(Payload):
    name: Name
    size: int = 0


class Whole(Payload):
    email: Email
    count: int
    parts: tuple[Part, ...] = ()


decoder = PayloadDecoder(Whole)
# The same examples each time, and no clock: a busy machine is no fault of what is looked at.
steadily = settings(
    max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

_NAMES = st.sampled_from(["email", "count", "parts", "name", "size", "other"])
_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4)


_BODIES = st.dictionaries(_NAMES, st.recursive(_VALUES, _nested, max_leaves=8), max_size=6).map(json.dumps)
# What msgspec has not read yet when it meets a float where none belongs.
_TAILS = st.binary(max_size=8) | st.sampled_from([b", oops", b"]", b'{"', b'"\xff"', b"1e999", b"[" * 2000])


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    body = draw(_BODIES).encode()
    cut = draw(st.integers(min_value=0, max_value=len(body)))
    return body[:cut] + draw(_TAILS) + (body[cut:] if draw(st.booleans()) else b"")


def is_decoded_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decoder.decode(data), Whole)
    except Invalid as refused:
        assert refused.detailed  # noqa: PT017  either is right, and both are looked at


@steadily
@given(data=broken())
def test_broken_json_is_decoded_or_refused(data: bytes) -> None:
    is_decoded_or_refused(data)


@steadily
@given(data=st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    is_decoded_or_refused(data)


@pytest.mark.parametrize("data", [b'{"email": 1.5, oops', b'{"email": 1.5', b'{"count": 2.0, "email": "\xff"}'])
def test_what_is_no_json_after_a_float_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        decoder.decode(data)

    assert [wrong.message for wrong in refused.value.detailed] == ["Not valid JSON"]


@pytest.mark.parametrize("around", [("[", "]"), ('{"a":[', "]}")])
@pytest.mark.parametrize("depth", [500, 990, 1100, 5000, 50_000])
def test_what_is_nested_too_deep_beside_a_float_is_refused(around: tuple[str, str], depth: int) -> None:
    before, after = around
    is_decoded_or_refused(f'{{"email": 1.5, "other": {before * depth}{after * depth}}}'.encode())
