"""What a strike hit, and when what it hit was over."""

from collections import Counter

import pytest

from .shop.history import MADE, Struck
from .shop.hits import ENDING, ORDERING, PAYING, REGISTERING, SENDING, TELLING, WELCOMING, ends, hit_at, is_its_own
from .test_reckoning import GOOD, HISTORY, PRODUCT, after, an_operation, other


@pytest.mark.parametrize(
    ("seconds", "hit"),
    [
        (0.5, {REGISTERING: 3, ORDERING: 3, WELCOMING: 1, TELLING: 1}),
        (3, {TELLING: 3, PAYING: 2}),
        (5, {TELLING: 5, ENDING: 2}),
        (7.5, {SENDING: 5}),
        (9, {}),
    ],
)
def test_what_a_strike_hit_is_what_had_begun_and_was_not_over(seconds: float, hit: dict[str, int]) -> None:
    found = hit_at(after(seconds).timestamp(), HISTORY, GOOD)

    assert dict(found) == hit


@pytest.mark.parametrize(
    ("parts", "is_own"),
    [(("payment",), True), (("order",), False), (("order", "payment"), True), (("postgres",), True)],
)
def test_what_was_struck_is_told_from_what_went_on_beside_it(parts: tuple[str, ...], is_own: bool) -> None:
    assert is_its_own(Struck(0.0, "kill", parts), Counter({PAYING: 1})) is is_own


def test_a_chain_is_over_with_its_last_letter() -> None:
    late = other("notifications", 4, sent_at=after(20))(GOOD)

    assert ends(GOOD) == {"ada": after(8).timestamp(), "first": after(8).timestamp()}
    assert ends(late) == {"ada": after(8).timestamp(), "first": after(20).timestamp()}


@pytest.mark.parametrize(("at", "over_at", "is_cut"), [(0.5, 0, True), (5, 8, True), (9, 8, False), (-1, 8, False)])
def test_who_was_killed_before_a_chain_was_over_may_have_cut_it(at: float, over_at: float, is_cut: bool) -> None:
    made = an_operation("order", PRODUCT, MADE, id_="first")

    assert made.was_cut_by(Struck(after(at).timestamp(), "kill", ("order",)), after(over_at).timestamp()) is is_cut
