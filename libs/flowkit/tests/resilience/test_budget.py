"""Retries stay a tenth of what was asked, whatever happens."""

from flowkit.resilience import Options, RetryBudget

from .clocks import Time


def a_budget() -> tuple[RetryBudget, Time]:
    time = Time()
    return RetryBudget(Options(), time.clock), time


def spent(budget: RetryBudget, tries: int = 1000) -> int:
    return sum(budget.spend() for _ in range(tries))


def test_whoever_asks_little_may_try_again_a_few_times() -> None:
    budget, _ = a_budget()
    budget.count()

    assert spent(budget) == 3


def test_no_more_than_a_tenth_is_tried_again() -> None:
    budget, _ = a_budget()
    for _ in range(400):
        budget.count()

    assert spent(budget) == 40


def test_what_is_long_ago_allows_nothing_and_forbids_nothing() -> None:
    budget, time = a_budget()
    for _ in range(400):
        budget.count()
    time.passes(9)
    assert spent(budget) == 40
    time.passes(2)

    assert spent(budget) == 0, "the requests are forgotten, the retries are not"
    time.passes(9)
    assert spent(budget) == 3


def test_half_of_all_failing_for_a_minute_adds_no_more_than_a_tenth() -> None:
    budget, time = a_budget()
    retries = 0
    for number in range(60_000):
        budget.count()
        retries += budget.spend() if number % 2 else 0
        time.passes(0.001)

    assert 0.099 < retries / 60_000 <= 0.1
