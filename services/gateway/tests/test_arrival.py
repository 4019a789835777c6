"""What a request's head says."""

import pytest
from gateway_service.http.arrival import Arrival


def arrival(*headers: tuple[bytes, bytes]) -> Arrival:
    return Arrival.read("GET", "/", b"", headers)


@pytest.mark.parametrize("text", [b"a", b"req-42", b"with a blank", b"~" * 128])
def test_a_short_and_printable_request_id_is_kept(text: bytes) -> None:
    assert arrival((b"x-request-id", text)).request_id() == text.decode()


@pytest.mark.parametrize("text", [b"", b"~" * 129, b"\xc3\xa4", b"a\tb", b"a\x7fb"])
def test_any_other_request_id_is_replaced(text: bytes) -> None:
    made = arrival((b"x-request-id", text)).request_id()

    assert len(made) == 32
    assert made != arrival((b"x-request-id", text)).request_id()


def test_two_request_ids_are_none() -> None:
    assert len(arrival((b"x-request-id", b"a"), (b"x-request-id", b"b")).request_id()) == 32


@pytest.mark.parametrize(
    ("headers", "has_body"),
    [
        ((), False),
        (((b"content-length", b"0"),), False),
        (((b"content-length", b"7"),), True),
        (((b"transfer-encoding", b"chunked"),), True),
    ],
)
def test_a_body_is_announced_by_its_length_or_its_encoding(
    headers: tuple[tuple[bytes, bytes], ...], has_body: bool
) -> None:
    assert arrival(*headers).has_body is has_body


def test_the_size_counts_every_header_the_path_and_the_query() -> None:
    bare = Arrival.read("GET", "/path", b"a=1", [])

    assert bare.size == 8
    assert Arrival.read("GET", "/path", b"a=1", [(b"x", b"y"), (b"x", b"y")]).size == 8 + 2 * 6
