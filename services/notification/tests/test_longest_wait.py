"""How long somebody has waited for a notification, as the alert asks it."""

from notification_service.sender.longest_wait import LongestWait

from .fakes import FakeStore, Unlucky
from .stage import Stub, put_down, sending, until


async def test_how_long_the_oldest_has_waited_is_seen(store: FakeStore) -> None:
    await put_down(store)
    channel = Stub()
    channel.may_send.clear()
    async with sending(store, channel) as sender:
        await until(lambda: sender.longest_wait_s > 0)
        channel.may_send.set()
        await until(lambda: sender.longest_wait_s == 0)


async def test_a_sender_that_cannot_look_says_that_somebody_may_be_waiting(store: FakeStore) -> None:
    unlucky = Unlucky(store, away=True)
    async with sending(unlucky, Stub()) as sender:
        await until(lambda: sender.longest_wait_s > 0)
        unlucky.away = False
        await until(lambda: sender.longest_wait_s == 0)
        unlucky.away = True
        await until(lambda: sender.longest_wait_s > 0)


def test_what_waited_when_it_was_last_seen_waits_longer_from_a_few_looks_missed_on() -> None:
    (fresh, missed) = LongestWait(missed_after=3600.0), LongestWait(missed_after=0.0)
    for each in (fresh, missed):
        each.saw(60.0)
    assert fresh.seconds == 60.0
    assert 60.0 < missed.seconds < 3600.0
