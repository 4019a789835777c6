"""Replicas that look at one store hold the same keys, and sign with the same one."""

import asyncio
from datetime import datetime, timedelta

import pytest
from auth_service.key_keeper import ROTATE, KeyKeeper
from auth_service.rotation import Rotation
from flowkit.audit import Entry
from flowkit.contract import Unavailable
from flowkit.security.tokens import ACCESS, UnknownKey
from flowkit.testing.calls import someone

from .fakes import NOON, FakeKeys

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ROTATION = Rotation(every=30 * DAY, lead=10 * MINUTE, longest=HOUR)
BY_HAND = Entry(action=ROTATE, actor_role="operator")


@pytest.fixture
def stored() -> FakeKeys:
    return FakeKeys()


async def replica(stored: FakeKeys) -> KeyKeeper:
    keeper = await KeyKeeper.open(stored, ROTATION)
    keeper.keyring.clock = lambda: stored.now
    return keeper


def kids(keeper: KeyKeeper) -> set[str]:
    return set(keeper.keyring.public)


def pass_to(stored: FakeKeys, moment: datetime) -> None:
    stored.now = moment


async def test_replicas_that_start_together_share_one_key(stored: FakeKeys) -> None:
    one, other = await replica(stored), await replica(stored)

    assert kids(one) == kids(other) == {one.keyring.signing.kid}
    assert stored.changes == 1


async def test_a_rotation_from_beginning_to_end(stored: FakeKeys) -> None:
    one, other = await replica(stored), await replica(stored)
    first = one.keyring.signing.kid

    pass_to(stored, NOON + 30 * DAY - MINUTE)
    await one.look()
    await other.look()
    second = (kids(one) - {first}).pop()
    assert kids(other) == {first, second}
    assert {key.kid for key in one.keyring.published().keys} == {first, second}
    assert one.keyring.signing.kid == other.keyring.signing.kid == first

    # From when on it signs was said when it was made: nobody need look again for that.
    pass_to(stored, NOON + 30 * DAY + 10 * MINUTE)
    assert one.keyring.signing.kid == other.keyring.signing.kid == second
    assert first in kids(one)

    pass_to(stored, NOON + 31 * DAY)
    await other.look()
    await one.look()
    assert kids(one) == kids(other) == {second}
    assert stored.changes == 3


async def test_what_the_key_before_signed_is_believed_until_it_runs_out(stored: FakeKeys) -> None:
    keeper = await replica(stored)
    token = keeper.keyring.sign(ACCESS, someone(), HOUR)

    await keeper.rotate(BY_HAND, now=False)

    assert keeper.keyring.verify(token, ACCESS).identity == someone()


async def test_what_a_key_signed_that_was_replaced_at_once_is_believed_no_more(stored: FakeKeys) -> None:
    keeper = await replica(stored)
    token = keeper.keyring.sign(ACCESS, someone(), HOUR)

    await keeper.rotate(BY_HAND, now=True)

    with pytest.raises(UnknownKey):
        await keeper.keyring.prove(token, ACCESS)
    assert keeper.keyring.verify(keeper.keyring.sign(ACCESS, someone(), HOUR), ACCESS)


async def test_a_key_another_replica_has_made_is_looked_for_when_it_turns_up(stored: FakeKeys) -> None:
    one, other = await replica(stored), await replica(stored)
    await one.rotate(BY_HAND, now=True)
    token = one.keyring.sign(ACCESS, someone(), HOUR)

    assert (await other.keyring.prove(token, ACCESS)).identity == someone()
    assert kids(other) == kids(one)


async def test_made_up_keys_do_not_make_a_storm_of_queries(stored: FakeKeys) -> None:
    keeper, looks = await replica(stored), 0
    strangers = [await replica(FakeKeys()) for _ in range(5)]

    async def look() -> None:
        nonlocal looks
        looks += 1

    keeper.keyring.look_again = look
    for stranger in strangers:
        with pytest.raises(UnknownKey):
            await keeper.keyring.prove(stranger.keyring.sign(ACCESS, someone(), HOUR), ACCESS)

    assert looks == 1


async def test_the_audit_log_tells_of_a_command_once(stored: FakeKeys) -> None:
    keeper = await replica(stored)

    await keeper.rotate(BY_HAND, now=False)
    await keeper.rotate(BY_HAND, now=False)

    assert stored.entries == [BY_HAND]
    assert len(kids(keeper)) == 2


async def test_without_its_database_it_goes_on_with_what_it_holds(stored: FakeKeys) -> None:
    keeper = await replica(stored)
    held = kids(keeper)

    async def away() -> list[object]:
        raise Unavailable

    stored.all = away  # type: ignore[assignment, method-assign]
    await keeper.look()

    assert kids(keeper) == held


async def test_whoever_believes_the_keys_is_told_when_they_change(stored: FakeKeys) -> None:
    keeper, told = await replica(stored), list[set[str]]()
    keeper.on_change = lambda keys: told.append(set(keys))

    await keeper.look()
    await keeper.rotate(BY_HAND, now=True)

    assert told == [kids(keeper)]


async def test_it_looks_by_itself_until_it_is_closed(stored: FakeKeys) -> None:
    keeper = await replica(stored)
    keeper.look_every_s = 0.001
    pass_to(stored, NOON + 31 * DAY)

    async with asyncio.timeout(30), keeper.keeping():
        while len(kids(keeper)) < 2:
            await asyncio.sleep(0.001)
