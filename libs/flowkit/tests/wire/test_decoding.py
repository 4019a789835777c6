"""Bytes to payloads, and every fault named."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from flowkit.contract import Email, Id, Invalid, Limit, Name, NewPassword, Nothing, PageNumber, Payload, ruled
from flowkit.wire.decoding import MOST_TOLD, PayloadDecoder, convert
from msgspec import Meta, UnsetType, defstruct


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
        ("email", "Must be a string"),
        ("firstName", "Required"),
        ("address.city", "Must be at least 1 character"),
        ("address.zip", "Must be at most 5 characters"),
        ("age", "Must be at most 150"),
        ("oops", "Unknown field"),
    }


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (str, 1, "Must be a string"),
        (str, None, "Must be a string"),
        (int, "1", "Must be a whole number"),
        (int, 1.5, "Must be a whole number"),
        (float, "1", "Must be a number"),
        (bool, 1, "Must be true or false"),
        (Address, 1, "Must be an object"),
        (Address, [], "Must be an object"),
        (dict[str, int], [], "Must be an object"),
        (tuple[int, ...], {}, "Must be a list"),
        (str | None, 1, "Must be a string or null"),
        (Email | UnsetType, 1, "Must be a string"),
        (NewPassword, "short", "Must be at least 8 characters"),
        (NewPassword, "x" * 129, "Must be at most 128 characters"),
        (Name, "", "Must be at least 1 character"),
        (Name, "\x1b", "Not in the expected form"),
        (Id, "../etc", "Not in the expected form"),
        (PageNumber, 0, "Must be at least 1"),
        (PageNumber, 1_000_001, "Must be at most 1000000"),
        (Limit, 101, "Must be at most 100"),
        (Annotated[float, Meta(ge=1)], 0.5, "Must be at least 1"),
        (Annotated[float, Meta(gt=0.1)], 0.1, "Must be more than 0.1"),
        (Annotated[float, Meta(lt=2)], 2.5, "Must be less than 2"),
        (Annotated[int, Meta(multiple_of=5)], 3, "Must be a multiple of 5"),
        (Annotated[tuple[int, ...], Meta(min_length=1)], [], "Must be at least 1 item"),
        (Annotated[tuple[int, ...], Meta(max_length=2)], [1, 2, 3], "Must be at most 2 items"),
        (tuple[int, int], [1], "Must be exactly 2 items"),
        (Annotated[dict[str, int], Meta(max_length=1)], {"a": 1, "b": 2}, "Must be at most 1 field"),
        (Literal["up", "down"], "sideways", "Not one of the allowed values"),
        (Literal["up", "down"], 1, "Must be a string"),
        (Literal[1, 2], 3, "Not one of the allowed values"),
        (Address | None, {"zip": "1"}, "Lacks a required field"),
        (Address | None, {"city": "B", "zip": "1", "\x1b": 1}, "Has an unknown field"),
        (UUID, "x", "Must be a UUID"),
        (UUID, 1, "Must be a UUID"),
        (datetime, "today", "Must be a date and time, such as 2026-01-31T09:30:00Z"),
        (Annotated[datetime, Meta(tz=True)], "2026-01-31T09:30:00", "Must name its time zone"),
        (date, "today", "Must be a date, such as 2026-01-31"),
        (time, "now", "Must be a time, such as 09:30:00Z"),
        (timedelta, "long", "Must be a duration, such as PT15M"),
        (Decimal, "x", "Must be a decimal number"),
        (bytes, "%", "Must be text in base64"),
    ],
)
def test_a_fault_is_said_as_a_person_would(kind: Any, given: object, said: str) -> None:
    payload = defstruct("Holder", [("it", kind)])

    with pytest.raises(Invalid) as refused:
        convert(payload, {"it": given})

    assert [(wrong.field, wrong.message) for wrong in refused.value.detailed] == [("it", said)]


@pytest.mark.parametrize("data", [b"null", b"[]", b"1", b'"x"', b"true"])
def test_what_is_no_object_is_told_that_one_is_wanted(data: bytes) -> None:
    assert faults(data) == {("", "Must be an object")}


def test_an_item_that_does_not_fit_is_named_by_its_place() -> None:
    payload = defstruct("Holder", [("them", tuple[int, ...])])

    with pytest.raises(Invalid) as refused:
        convert(payload, {"them": [1, "2"]})

    assert [(wrong.field, wrong.message) for wrong in refused.value.detailed] == [("them.1", "Must be a whole number")]


def even(number: int) -> None:
    if number % 2:
        raise ValueError("Must be even")


class Pair(Payload):
    name: Name
    number: Annotated[int, Meta(ge=0, extra=ruled(even))] | None

    def __post_init__(self) -> None:
        even(self.number or 0)
        if self.name == str(self.number):
            raise ValueError("The name must not be the number")


class Pairs(Payload):
    pairs: Annotated[tuple[Pair, ...], Meta(min_length=1, max_length=200)]


def told_of(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        PayloadDecoder(Pairs).decode(data)
    return [(wrong.field, wrong.message) for wrong in refused.value.detailed]


def test_every_faulty_field_of_every_payload_in_a_list_is_named() -> None:
    assert told_of(b'{"pairs":[{"name":"a","number":2},{"name":"","number":-1},7,{"number":"x"}]}') == [
        ("pairs.1.name", "Must be at least 1 character"),
        ("pairs.1.number", "Must be at least 0"),
        ("pairs.2", "Must be an object"),
        ("pairs.3.name", "Required"),
        ("pairs.3.number", "Must be a whole number or null"),
    ]


def test_a_rule_that_is_broken_is_told_of_its_field_beside_the_other_faults() -> None:
    assert told_of(b'{"pairs":[{"name":"","number":3}]}') == [
        ("pairs.0.name", "Must be at least 1 character"),
        ("pairs.0.number", "Must be even"),
    ]


def test_what_only_the_payload_itself_refuses_is_told_of_it() -> None:
    assert told_of(b'{"pairs":[{"name":"2","number":2}]}') == [("pairs.0", "The name must not be the number")]


def test_a_list_of_the_wrong_length_is_told_as_that() -> None:
    assert told_of(b'{"pairs":[]}') == [("pairs", "Must be at least 1 item")]


def test_of_many_faults_no_more_are_told_than_anybody_reads() -> None:
    assert len(told_of(b'{"pairs":[%s]}' % b",".join([b"7"] * 200))) == MOST_TOLD


def test_a_value_outside_those_allowed_is_not_repeated() -> None:
    payload = defstruct("Holder", [("it", Literal["up"])])

    with pytest.raises(Invalid) as refused:
        convert(payload, {"it": "<script> - at `$.elsewhere`"})

    assert "script" not in str(refused.value.detailed)


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


def aged(age: str) -> bytes:
    return b'{"email":"a@b","firstName":"Ada","address":{"city":"Bern","zip":"3000"},"age":%b}' % age.encode()


@pytest.mark.parametrize("age", ["36.0", "3.6e1", "0.0", "-0.0"])
def test_a_whole_number_may_be_written_as_a_fraction(age: str) -> None:
    """JSON knows one kind of number, and JSON Schema takes 36.0 for an integer."""
    got = decoder.decode(aged(age))

    assert got.age == float(age)
    assert type(got.age) is int
    assert convert(Person, msgspec.json.decode(aged(age))) == got


@pytest.mark.parametrize(("age", "said"), [("36.5", "Must be a whole number"), ("151.0", "Must be at most 150")])
def test_another_fraction_may_not(age: str, said: str) -> None:
    assert faults(aged(age)) == {("age", said)}


@pytest.mark.parametrize("age", ["1e300", "1e15", "-9e99"])
def test_one_too_large_to_be_exact_is_refused_in_order(age: str) -> None:
    assert {field for field, _ in faults(aged(age))} == {"age"}
