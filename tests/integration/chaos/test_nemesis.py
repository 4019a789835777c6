"""Whom a plan strikes."""

from collections import Counter

import pytest

from .shop.nemesis import PARTS, Strike, plan
from .test_events import AT_LEAST, USUAL_SEED


def killed(strikes: list[Strike]) -> list[str]:
    return [part for each in strikes if each.how == "kill" for part in each.parts]


def test_the_shortest_run_kills_each_part_and_freezes_one() -> None:
    strikes = plan(USUAL_SEED, AT_LEAST)

    assert Counter(killed(strikes)) == dict.fromkeys(PARTS, 1)
    assert "freeze" in {each.how for each in strikes}


@pytest.mark.parametrize("seed", range(1, 6))
def test_each_part_is_killed_before_any_is_killed_again(seed: int) -> None:
    parts = killed(plan(seed, 50))
    turns = [parts[first : first + len(PARTS)] for first in range(0, len(parts), len(PARTS))]

    assert len(turns) > 4
    assert all(set(turn) == set(PARTS) for turn in turns[:-1])


def test_a_longer_run_begins_as_the_shorter_did() -> None:
    assert plan(3, 100)[:20] == plan(3, 20)
    assert plan(3, 20) != plan(4, 20)
