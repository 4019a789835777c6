"""Token buckets: what they allow, when they say to come again, and what they never forget."""

import random
from math import ceil

import pytest
from gateway_service.rate_limits.buckets import MOST_DEBT, Buckets
from gateway_service.rate_limits.rate import Rate

from .rate_limits import Counted

ADA, BOB = 1, 2


def taken(buckets: Buckets, key: int, tries: int) -> int:
    return sum(not buckets.take(key).wait_s for _ in range(tries))


def test_so_many_may_be_had_at_once_and_then_as_many_as_come_back() -> None:
    counted = Counted()
    buckets = counted.buckets()

    assert taken(buckets, ADA, 20) == 5
    counted.clock.now += 3
    assert taken(buckets, ADA, 20) == 3
    counted.clock.now += 1000
    assert taken(buckets, ADA, 20) == 5


def test_one_is_not_counted_for_another() -> None:
    buckets = Counted().buckets()

    assert taken(buckets, ADA, 20) == taken(buckets, BOB, 20) == 5


def test_what_is_left_and_when_it_will_be_full_is_told() -> None:
    buckets = Counted(Rate(0.5, 3)).buckets()

    levels = [buckets.take(ADA) for _ in range(4)]

    assert [level.left for level in levels] == [2, 1, 0, 0]
    assert [round(level.full_in_s, 6) for level in levels] == [0.5, 1.0, 1.5, 1.5]
    assert [round(level.wait_s, 6) for level in levels] == [0, 0, 0, 0.5]


@pytest.mark.parametrize("seed", range(20))
def test_who_waits_as_long_as_told_gets_one_and_who_comes_sooner_gets_none(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be met again
    counted = Counted(Rate(chance.uniform(0.01, 10), chance.randint(1, 30)))
    buckets = counted.buckets()
    taken(buckets, ADA, 50)
    counted.clock.now += chance.uniform(0, 0.5) * counted.rate.interval_s
    taken(buckets, ADA, 1)

    wait = buckets.take(ADA).wait_s
    counted.clock.now += wait * 0.99
    assert buckets.take(ADA).wait_s > 0
    counted.clock.now += ceil(wait) - wait * 0.99
    assert buckets.take(ADA).wait_s == 0


def test_asking_in_vain_costs_nothing() -> None:
    counted = Counted()
    buckets = counted.buckets()
    taken(buckets, ADA, 10_000)

    counted.clock.now += 1

    assert buckets.take(ADA).wait_s == 0


def test_what_was_spent_elsewhere_is_missing_here() -> None:
    buckets = Counted().buckets()

    buckets.spent(ADA, 3)

    assert taken(buckets, ADA, 20) == 2


def test_what_others_took_beyond_the_last_is_paid_back_but_nobody_is_shut_out_for_long() -> None:
    counted = Counted()
    buckets = counted.buckets()

    buckets.spent(ADA, 10)
    assert buckets.take(ADA).wait_s == pytest.approx(6)  # pyright: ignore[reportUnknownMemberType] - pytest leaves it untyped
    for _ in range(1000):
        buckets.spent(ADA, 1000)

    assert buckets.take(ADA).wait_s <= MOST_DEBT * counted.rate.filling_s + counted.rate.interval_s


def test_what_is_given_back_can_be_had_again_and_never_more_than_that() -> None:
    buckets = Counted().buckets()
    taken(buckets, ADA, 5)

    buckets.spent(ADA, -1)
    assert taken(buckets, ADA, 20) == 1
    buckets.spent(BOB, -100)
    assert taken(buckets, BOB, 20) == 5


def test_a_full_bucket_makes_room() -> None:
    counted = Counted(most=100)
    buckets = counted.buckets()
    for key in range(100):
        buckets.take(key)

    counted.clock.now += 1
    for key in range(1000, 1100):
        assert taken(buckets, key, 20) == 5

    assert len(buckets) == 100


def test_no_crowd_of_newcomers_has_a_spent_bucket_forgotten_nor_grows_beyond_the_most() -> None:
    buckets = Counted(Rate(60.0, 5), most=100).buckets()
    taken(buckets, ADA, 5)

    for key in range(1000, 101_000):
        buckets.take(key)

    assert len(buckets) <= 100
    assert taken(buckets, ADA, 20) == 0


def test_newcomers_in_a_crowd_share_but_are_not_shut_out_one_by_one() -> None:
    """Each of a thousand shares is a bucket like any other: the crowd as a whole is limited to so many of them."""
    counted = Counted(Rate(60.0, 5), most=100)
    buckets = counted.buckets()
    for key in range(100):
        buckets.take(key)

    got = sum(not buckets.take(key).wait_s for key in range(1000, 101_000))

    assert 0.9 * 5 * 1024 <= got <= 5 * 1024
    counted.clock.now += 60
    assert sum(not buckets.take(key).wait_s for key in range(1000, 101_000)) >= 900


def test_who_shared_a_spent_bucket_has_it_still_when_there_is_room_again() -> None:
    counted = Counted(Rate(60.0, 5), most=10)
    buckets = counted.buckets()
    for key in range(10):
        buckets.take(key)
    assert taken(buckets, ADA + 1000, 20) == 5

    counted.clock.now += 61

    assert taken(buckets, ADA + 1000, 20) == 1


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30/minute burst 20", Rate(2.0, 20)),
        ("100/second burst 400", Rate(0.01, 400)),
        ("3600/hour burst 1", Rate(1.0, 1)),
        ("off", None),
    ],
)
def test_a_rate_is_read_as_the_settings_have_it(text: str, rate: Rate | None) -> None:
    assert Rate.read(text) == rate
