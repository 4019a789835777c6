"""A badge is asked for once however many need it, renewed beside them, and given up when it is refused."""

import asyncio
from dataclasses import dataclass, field

import pytest
from flowkit.client.badge import OwnBadge
from flowkit.contract import TimedOut, Unavailable
from flowkit.contract.badge import Badge


@dataclass(slots=True)
class Auth:
    """Makes badges that are numbered, and can be away or slow."""

    made: int = 0
    asked: int = 0
    now: float = 1000.0
    is_away: bool = False
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def make(self) -> Badge:
        self.asked += 1
        await self.open.wait()
        if self.is_away:
            raise Unavailable
        self.made += 1
        return Badge(token=f"badge {self.made}", expires_in=100)

    def clock(self) -> float:
        return self.now


@pytest.fixture
def there() -> Auth:
    return Auth()


@pytest.fixture
def badges(there: Auth) -> OwnBadge:
    return OwnBadge(there.make, there.clock)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_come_together_share_one_question(there: Auth, badges: OwnBadge) -> None:
    shown = await asyncio.gather(*(badges.show(1) for _ in range(20)))

    assert set(shown) == {"badge 1"}
    assert there.asked == 1


async def test_after_half_its_time_it_is_renewed_and_nobody_waits(there: Auth, badges: OwnBadge) -> None:
    await badges.show(1)
    there.now += 51
    there.open.clear()

    assert await badges.show(0.001) == "badge 1"
    there.open.set()
    await settled()

    assert await badges.show(1) == "badge 2"
    assert there.asked == 2


async def test_where_auth_is_away_the_one_there_is_serves_until_it_ends(there: Auth, badges: OwnBadge) -> None:
    await badges.show(1)
    there.is_away = True
    there.now += 97
    assert await badges.show(1) == "badge 1"
    await settled()

    there.now += 2
    with pytest.raises(Unavailable):
        await badges.show(1)

    there.is_away = False
    assert await badges.show(1) == "badge 2"


async def test_a_renewal_that_fails_is_not_tried_with_every_request(there: Auth, badges: OwnBadge) -> None:
    await badges.show(1)
    there.is_away = True
    there.now += 60
    for _ in range(10):
        await badges.show(1)
        await settled()
    assert there.asked == 2

    there.now += 1
    await badges.show(1)
    await settled()
    assert there.asked == 3


async def test_whoever_cannot_wait_for_the_first_is_told_so_and_takes_nobody_along(
    there: Auth, badges: OwnBadge
) -> None:
    there.open.clear()
    patient = asyncio.create_task(badges.show(30))
    with pytest.raises(TimedOut):
        await badges.show(0.01)

    there.open.set()

    assert await patient == "badge 1"
    assert there.asked == 1


async def test_one_that_is_refused_is_replaced_at_once_and_then_once_a_second(there: Auth, badges: OwnBadge) -> None:
    first = await badges.show(1)
    badges.forget("another")
    assert await badges.show(1) == first

    badges.forget(first)
    second = await badges.show(1)
    badges.forget(second)
    assert second == "badge 2" == await badges.show(1)

    there.now += 1.1
    badges.forget(second)
    assert await badges.show(1) == "badge 3"
