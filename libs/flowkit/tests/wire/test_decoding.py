"""Bytes to payloads, and every fault named."""

from typing import Annotated

import pytest
from flowkit.contract import Email, Invalid, Name, Nothing, Payload
from flowkit.wire.decoding import PayloadDecoder, convert
from msgspec import Meta


class Address(Payload):
    city: Name
    zip: Annotated[str, Meta(max_length=5)]


class Person(Payload):
    email: Email
    first_name: Name
    address: Address
    age: Annotated[int, Meta(ge=0, le=150)] = 0


decoder = PayloadDecoder(Person)


def faults(data: bytes) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        decoder.decode(data)
    return {(wrong.field, wrong.message) for wrong in refused.value.detailed}


def test_a_fitting_payload_is_decoded() -> None:
    got = decoder.decode(b'{"email":"admin@local","firstName":"Ada","address":{"city":"Bern","zip":"3000"}}')

    assert got == Person(email="admin@local", first_name="Ada", address=Address(city="Bern", zip="3000"))


def test_every_faulty_field_is_named_with_its_path() -> None:
    assert faults(b'{"email":5,"address":{"city":"","zip":"123456"},"age":151,"oops":1}') == {
        ("email", "Expected `str`, got `int`"),
        ("firstName", "Required"),
        ("address.city", "Expected `str` of length >= 1"),
        ("address.zip", "Expected `str` of length <= 5"),
        ("age", "Expected `int` <= 150"),
        ("oops", "Unknown field"),
    }


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"x"',
        b"\x00",
        b"[" * 100_000,
        b'{"address":' * 50_000,
        b'{"oops":' + b"[" * 100_000,
        b'{"email":"\\ud800@x"}',
        b'{"age":' + b"9" * 5_000 + b"}",
        b'{"email":"a@b","email":"\xff"}',
    ],
)
def test_hostile_bytes_are_refused_as_invalid(hostile: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        decoder.decode(hostile)
    assert refused.value.detailed


@pytest.mark.parametrize("email", ["a@b\n", "a b@c", "@x", "x@", "a@b@c", "a\u0000@b", "", "x" * 250 + "@example"])
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(Invalid):
        convert(Person, {"email": email, "firstName": "A", "address": {"city": "B", "zip": "1"}})


def test_the_root_admins_address_is_accepted() -> None:
    assert convert(Person, {"email": "admin@local", "firstName": "A", "address": {"city": "B", "zip": "1"}}).age == 0


def test_a_query_strings_numbers_are_converted() -> None:
    fields = {"email": "a@b", "firstName": "A", "address": {"city": "B", "zip": "1"}, "age": "7"}

    assert convert(Person, fields, strict=False).age == 7


def test_an_unknown_fields_name_is_shown_only_when_it_is_printable() -> None:
    assert ("?", "Unknown field") in faults(b'{"\\u0000":1}')


def test_no_payload_is_a_whole_request_where_none_is_needed() -> None:
    assert PayloadDecoder(Nothing).decode(b"") == Nothing()
