"""Whoever registers gives an address that can be written to; who is here already signs in with whatever they have."""

import msgspec
import pytest
from contracts import customer
from msgspec import ValidationError

WRITABLE = [
    "ada@example.org",
    "ada.lovelace+shop@mail.example.org",
    "o'brien@example.org",
    "zoë@exämple.org",
    "admin@local",
    "!#$%&'*+/=?^_`{|}~-@example.org",
]
NOT_WRITABLE = [
    "ada@[",
    "ada@[192.0.2.1]",
    "ada(hi)@example.org",
    "ada@example.org(hi)",
    "ada,eve@example.org",
    "ada;eve@example.org",
    "<eve>@example.org",
    "Ada:eve@example.org",
    '"ada"@example.org',
    "ada\\@example.org",
    "ada..lovelace@example.org",
    ".ada@example.org",
    "ada.@example.org",
    "ada@example..org",
    "ada@example.org.",
    "ada@.example.org",
]
_REST = {"password": "correct horse", "firstName": "Ada", "lastName": "Lovelace"}
ID = "0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e"


@pytest.mark.parametrize("email", WRITABLE)
def test_who_can_be_written_to_can_register(email: str) -> None:
    assert msgspec.convert({"email": email, **_REST}, customer.NewCustomer).email == email


@pytest.mark.parametrize("email", NOT_WRITABLE)
def test_who_cannot_neither_registers_nor_changes_to_that(email: str) -> None:
    for given, kind in (
        ({"email": email, **_REST}, customer.NewCustomer),
        ({"email": email, "id": ID}, customer.Changes),
    ):
        with pytest.raises(ValidationError, match=r"\$\.email"):
            msgspec.convert(given, kind)


@pytest.mark.parametrize("email", NOT_WRITABLE)
def test_and_who_has_such_an_address_signs_in(email: str) -> None:
    given = {"email": email, "password": "correct horse"}
    assert msgspec.convert(given, customer.Credentials).email == email
