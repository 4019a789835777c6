"""How many are let in: a route's lane under loads simulated in time of their own, so no clock of ours decides."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import quantiles

import pytest
from gateway_service.http.lane import Lane

CAPACITY = 1000.0
OTHERWISE_S = 0.003
"""What a request takes besides its work: nobody queues for that."""
ONSET_S = 0.2
"""What it takes to see that a crowd is no mere burst."""


@dataclass(slots=True)
class Simulated:
    """One server that works on one request at a time, behind a lane. `slower` stretches its work."""

    lane: Lane = field(init=False)
    now: float = 0.0
    free_at: float = 0.0
    slower: float = 1.0
    chance: random.Random = field(default_factory=lambda: random.Random(4))  # noqa: S311  chance, not secrecy
    under_way: list[tuple[float, float, bool]] = field(default_factory=list[tuple[float, float, bool]])
    took: list[float] = field(default_factory=list[float])
    refused: int = 0

    def __post_init__(self) -> None:
        self.lane = Lane(2.5, clock=lambda: self.now)

    def offer(self, rate: float, seconds: float) -> "Simulated":
        """Judged by itself: what was before is forgotten, but not by the lane."""
        self.took, self.refused = [], 0
        for moment in self._moments(rate, seconds):
            self._answer_until(moment)
            self.now = moment
            self._ask()
        self._answer_until(float("inf"))
        return self

    def _moments(self, rate: float, seconds: float) -> Iterator[float]:
        due, end = self.now, self.now + seconds
        while (due := due + self.chance.expovariate(rate)) < end:
            yield due

    def _ask(self) -> None:
        if self.lane.is_full:
            self.lane.turn_away()
            self.refused += 1
            return
        alone = self.lane.enter()
        self.free_at = max(self.free_at, self.now) + self.slower * self.chance.expovariate(CAPACITY)
        heapq.heappush(self.under_way, (self.free_at + self.slower * OTHERWISE_S, self.now, alone))

    def _answer_until(self, moment: float) -> None:
        while self.under_way and self.under_way[0][0] <= moment:
            self.now, came, alone = heapq.heappop(self.under_way)
            self.took.append(self.now - came)
            self.lane.leave()
            self.lane.took(self.now - came, alone=alone)

    @property
    def p99(self) -> float:
        return quantiles(self.took, n=100)[98]


@pytest.fixture
def server() -> Simulated:
    return Simulated()


def test_nobody_is_turned_away_in_quiet_times(server: Simulated) -> None:
    assert server.offer(0.5 * CAPACITY, 20).refused == 0


def test_at_three_times_capacity_the_admitted_stay_fast_and_the_work_goes_on(server: Simulated) -> None:
    unloaded = server.offer(0.1 * CAPACITY, 10).p99

    flooded = server.offer(3 * CAPACITY, ONSET_S).offer(3 * CAPACITY, 20)

    assert flooded.p99 <= 3 * unloaded
    assert len(flooded.took) >= 0.8 * CAPACITY * 20
    assert flooded.lane.in_flight == 0


def test_the_first_moments_of_a_flood_are_no_exception(server: Simulated) -> None:
    unloaded = server.offer(0.1 * CAPACITY, 10).p99

    flooded = server.offer(3 * CAPACITY, 10)

    assert flooded.p99 <= 3 * unloaded
    assert len(flooded.took) >= 0.8 * CAPACITY * 10


def test_ten_times_capacity_is_no_worse(server: Simulated) -> None:
    unloaded = server.offer(0.1 * CAPACITY, 10).p99

    flooded = server.offer(10 * CAPACITY, ONSET_S).offer(10 * CAPACITY, 10)

    assert flooded.p99 <= 3 * unloaded
    assert len(flooded.took) >= 0.8 * CAPACITY * 10


def test_a_burst_that_passes_is_let_in(server: Simulated) -> None:
    server.offer(0.1 * CAPACITY, 10)

    # About thirty at the same moment: more than that is turned away at once, burst or not.
    burst = server.offer(20 * CAPACITY, 0.0013)

    assert (len(burst.took) > 20, burst.refused) == (True, 0)


def test_a_flood_that_is_over_leaves_nobody_shut_out(server: Simulated) -> None:
    server.offer(0.1 * CAPACITY, 10).offer(3 * CAPACITY, 20)

    assert server.offer(0.5 * CAPACITY, 30).refused <= 0.01 * 0.5 * CAPACITY * 30
    assert server.offer(0.5 * CAPACITY, 20).refused == 0


def test_what_has_become_slower_for_good_is_not_taken_for_a_flood(server: Simulated) -> None:
    server.offer(0.1 * CAPACITY, 10)
    server.slower = 4.0
    server.offer(0.1 * CAPACITY, 30)

    assert server.offer(0.1 * CAPACITY, 20).refused == 0
    assert server.lane.quiet == pytest.approx(4 * 0.004, rel=0.5)


def test_a_flood_from_the_very_first_moment_is_met_too(server: Simulated) -> None:
    flooded = server.offer(3 * CAPACITY, 60).offer(3 * CAPACITY, 10)

    assert len(flooded.took) >= 0.8 * CAPACITY * 10
    assert flooded.p99 <= 0.06
