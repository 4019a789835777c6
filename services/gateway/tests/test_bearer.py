"""Which Authorization headers hold a token."""

import pytest
from contracts.auth import InvalidToken, NoToken
from gateway_service.http import bearer
from gateway_service.http.arrival import Arrival


def arrival(*values: bytes) -> Arrival:
    return Arrival.read("GET", "/", b"", [(b"authorization", value) for value in values])


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (b"Bearer abc", "abc"),
        (b"bearer abc", "abc"),
        (b"BEARER   abc", "abc"),
        (b"Bearer a.b-c_d~e+f/g==", "a.b-c_d~e+f/g=="),
        (b"Bearer " + b"a" * 4096, "a" * 4096),
    ],
)
def test_a_token_is_found_as_rfc_6750_has_it(header: bytes, token: str) -> None:
    assert bearer.token(arrival(header)) == token


@pytest.mark.parametrize("header", [b"", b"Bearer", b"Basic YTpi", b"Bearerabc", b"abc", b"Token Bearer abc"])
def test_another_scheme_is_no_token(header: bytes) -> None:
    with pytest.raises(NoToken):
        bearer.token(arrival(header))


def test_no_header_is_no_token() -> None:
    with pytest.raises(NoToken):
        bearer.token(arrival())


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer a b",
        b"Bearer a,b",
        b"Bearer a, Bearer b",
        b"Bearer =abc",
        b"Bearer a=b",
        b"Bearer \xc3\xa4",
        b'Bearer "abc"',
        b"Bearer\tabc",
        b"Bearer abc ",
        b"Bearer " + b"a" * 4097,
    ],
)
def test_what_cannot_be_a_token_is_a_bad_one(header: bytes) -> None:
    with pytest.raises(InvalidToken):
        bearer.token(arrival(header))


def test_two_headers_are_refused() -> None:
    with pytest.raises(InvalidToken):
        bearer.token(arrival(b"Bearer abc", b"Bearer abc"))
