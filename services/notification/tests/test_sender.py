"""The sender: what waits is sent, so many at once; what is refused is given up, and what is told to stop ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from contracts.customer import NoSuchCustomer
from notification_service.ports import NotNow, Transaction, Undeliverable
from notification_service.waking import WakingStore

from .fakes import FakeStore, Unlucky
from .stage import QUICK, Stub, answering, listed, put_down, sending, until, until_ended

NEVER_POLLS = replace(QUICK, poll=3600.0)


async def test_what_waits_is_found_and_sent(store: FakeStore) -> None:
    ids, channel = await put_down(store, 5), Stub()
    async with sending(store, channel):
        found = await until_ended(store)
    assert [message.notification_id for message in channel.sent] == ids
    assert {each.status for each in found} == {"sent"}


async def test_what_an_event_puts_down_is_sent_at_once(store: FakeStore) -> None:
    channel = Stub()
    async with sending(store, channel, NEVER_POLLS) as sender:
        await asyncio.sleep(0)
        await put_down(WakingStore(store, sender.wake), 3)  # pyright: ignore[reportArgumentType]  # it only writes
        await until_ended(store)
    assert channel.tried == 3


async def test_so_many_are_sent_at_once_and_no_more(store: FakeStore) -> None:
    await put_down(store, 20)
    channel = Stub()
    channel.may_send.clear()
    async with sending(store, channel, replace(QUICK, at_once=3)):
        await until(lambda: channel.at_once == 3)
        channel.may_send.set()
        await until_ended(store)
    assert (channel.most_at_once, len(channel.sent)) == (3, 20)


async def test_one_that_is_not_taken_now_is_tried_again_and_the_others_do_not_wait(store: FakeStore) -> None:
    first, *others = await put_down(store, 4)
    channel = Stub(faults=[NotNow("450"), NotNow("450")])
    async with sending(store, channel, replace(QUICK, at_once=1, first_wait=0.3)):
        await until_ended(store)
    assert {message.notification_id for message in channel.sent} == {first, *others}
    assert channel.tried == 6


async def test_one_that_is_refused_is_given_up_and_the_others_are_sent(store: FakeStore) -> None:
    await put_down(store, 3)
    channel = Stub(faults=[Undeliverable("550")])
    async with sending(store, channel):
        found = await until_ended(store)
    assert sorted(each.status for each in found) == ["sent", "sent", "undeliverable"]
    assert channel.tried == 3


async def test_whoever_is_gone_is_given_up(store: FakeStore) -> None:
    await put_down(store)
    async with sending(store, Stub(), flows=answering(NoSuchCustomer())):
        (found,) = await until_ended(store)
    assert (found.status, found.reason) == ("undeliverable", "customer_gone")


async def test_a_fault_of_ours_ends_neither_the_sender_nor_what_comes_after(store: FakeStore) -> None:
    class Broken(Unlucky):
        @asynccontextmanager
        async def transaction(self) -> AsyncGenerator[Transaction]:
            if self.away:
                self.away = False
                raise RuntimeError
            async with self.store.transaction() as tx:
                yield tx

    await put_down(store)
    channel = Stub()
    async with sending(Broken(store, away=True), channel):
        await until_ended(store)
    assert channel.tried == 1


async def test_what_is_being_sent_when_it_is_told_to_stop_has_a_moment_to_end(store: FakeStore) -> None:
    await put_down(store, 2)
    channel = Stub()
    channel.may_send.clear()
    async with sending(store, channel) as _:
        await until(lambda: channel.at_once == 2)
        asyncio.get_running_loop().call_later(0.1, channel.may_send.set)
    assert {each.status for each in await listed(store)} == {"sent"}


async def test_what_does_not_end_is_cut_off_and_sent_by_another(store: FakeStore) -> None:
    await put_down(store)
    deaf, other = Stub(), Stub()
    deaf.may_send.clear()
    async with sending(store, deaf, replace(QUICK, lease=0.2, farewell=0.05)):
        await until(lambda: deaf.at_once == 1)
    async with sending(store, other):
        await until_ended(store)
    assert (len(deaf.sent), len(other.sent)) == (0, 1)


async def test_however_often_it_was_tried_it_waits_no_longer_than_the_longest(store: FakeStore) -> None:
    for id_ in await put_down(store, 20):
        store.rows[id_] = replace(store.rows[id_], due=replace(store.rows[id_].due, attempt=30))
    async with sending(store, Stub(faults=[NotNow("450")] * 20), replace(QUICK, longest_wait=3600.0)):
        await until(lambda: len(store.put_off_for) == 20)
    assert max(store.put_off_for) == 3600.0
