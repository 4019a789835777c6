"""Whom or what a call concerns: few kinds, ids alone."""

import pytest
from flowkit.testing.calls import a_call

ID = "0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e"


def test_a_call_says_whom_it_concerns_and_may_learn_better() -> None:
    call = a_call()

    call.about("customer", "someone")
    call.about("customer", ID)
    call.about("order", "17")

    assert call.concerns == {"customer": ID, "order": "17"}


@pytest.mark.parametrize("said", ["ada@example.org", "Ada Lovelace", "x" * 65, "", "a\nb", "é"])
def test_what_can_be_no_id_is_not_told(said: str) -> None:
    call = a_call()

    call.about("customer", said)

    assert call.concerns == {"customer": "not an id"}


@pytest.mark.parametrize("kind", ["", "Customer", "customer.id", ID, "c" * 33])
def test_a_kind_is_a_word(kind: str) -> None:
    with pytest.raises(ValueError, match="named by a word"):
        a_call().about(kind, ID)


def test_a_call_that_concerns_everything_says_so_of_the_first_few() -> None:
    call = a_call()

    for letter in "abcdefghijkl":
        call.about(letter, ID)

    assert "".join(call.concerns) == "abcdefgh"
