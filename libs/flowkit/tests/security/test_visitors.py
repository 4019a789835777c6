"""Which spellings are one account, which addresses one visitor, and what a key tells of either."""

import pytest
from flowkit.security.visitors import Visitor, compared

ADA, HOME = "ada@example.org", "198.51.100.7"


def test_an_account_is_one_however_its_email_is_spelt() -> None:
    assert Visitor.of("ADA@Example.ORG", HOME) == Visitor.of(ADA, HOME)
    assert Visitor.of("bob@example.org", HOME).account != Visitor.of(ADA, HOME).account


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\N{GREEK CAPITAL LETTER SIGMA}@x", "\N{GREEK SMALL LETTER SIGMA}@x"),
        ("\N{GREEK CAPITAL LETTER SIGMA}@x", "\N{GREEK SMALL LETTER FINAL SIGMA}@x"),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}@x", "i@x"),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}@x", "i\N{COMBINING DOT ABOVE}@x"),
        ("I@x", "\N{LATIN SMALL LETTER DOTLESS I}@x"),
    ],
)
def test_letters_that_locales_disagree_about_are_one(one: str, other: str) -> None:
    assert compared(one) == compared(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("198.51.100.7", "::ffff:198.51.100.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::"),
        ("", "no address"),
    ],
)
def test_addresses_of_one_owner_are_one(one: str, other: str) -> None:
    assert Visitor.of(ADA, one) == Visitor.of(ADA, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("198.51.100.7", "198.51.100.8"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("198.51.100.7", "")],
)
def test_addresses_of_two_owners_are_two(one: str, other: str) -> None:
    assert Visitor.of(ADA, one).address != Visitor.of(ADA, other).address
    assert Visitor.of(ADA, one).source != Visitor.of(ADA, other).source


def test_a_neighbour_is_of_the_same_network_and_nobody_is_of_none() -> None:
    assert Visitor.of(ADA, "198.51.100.7").network == Visitor.of(ADA, "198.51.100.250").network
    assert Visitor.of(ADA, "2001:db8:1:2::1").network == Visitor.of(ADA, "2001:db8:1:ffff::1").network
    assert Visitor.of(ADA, "198.51.100.7").network != Visitor.of(ADA, "198.51.101.7").network
    assert not Visitor.of(ADA, "").is_placed


def test_an_address_cannot_be_followed_from_one_account_to_the_next() -> None:
    here, there = Visitor.of(ADA, HOME), Visitor.of("bob@example.org", HOME)
    assert (here.address, here.network) != (there.address, there.network)
    assert here.source == there.source
    assert HOME not in repr(here)
    assert "ada" not in repr(here)
