"""The sender: everyone is told, each once, whoever is slow, away or dies meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from contracts.customer import NoSuchCustomer
from flowkit import postgres
from flowkit.contract import Unavailable
from flowkit.postgres import PostgresOptions
from flowkit.postgres import Store as RealStore
from notification_service.channels.smtp import SmtpChannel, SmtpOptions
from notification_service.ports import Away, Due, NotNow, Store, Transaction, Undeliverable
from notification_service.sender.longest_wait import LongestWait
from notification_service.store import Transaction as RealTransaction
from notification_service.tables import notifications
from notification_service.waking import WakingStore
from sqlalchemy import select
from structlog.testing import capture_logs

from tests.mailbox import Mailbox, opened

from .fakes import FakeStore
from .stage import QUICK, Stub, answering, listed, put_down, sending, until, until_ended

NEVER_POLLS = replace(QUICK, poll=3600.0)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@dataclass
class Unlucky:
    """A store whose transactions are lost while it is `away`."""

    store: Store
    away: bool = False

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        if self.away:
            raise Unavailable
        async with self.store.transaction() as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction]:
        async with self.store.reading() as tx:
            yield tx


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


class Counting(FakeStore):
    """How many were claimed each time that any were."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[int] = []

    async def claim(
        self, most: int, lease_s: float, besides: Collection[str] = (), *, are_new: bool = False
    ) -> Sequence[Due]:
        claimed = await super().claim(most, lease_s, besides, are_new=are_new)
        self.claims.extend([len(claimed)] if claimed else [])
        return claimed


async def test_while_nobody_can_be_told_one_goes_ahead_and_the_others_wait() -> None:
    store, channel = Counting(), Stub(faults=[Away("gone")] * 12)
    await put_down(store, 30)
    async with sending(store, channel, replace(QUICK, at_once=5)):
        await until_ended(store)
    # Five set out together; each of the seven other failures was a lone one's, and so was the first that went through.
    assert store.claims[:9] == [5, *[1] * 8]
    assert len({message.notification_id for message in channel.sent}) == len(channel.sent) == 30


async def test_a_pause_ends_a_while_after_each_failure(store: FakeStore) -> None:
    await put_down(store)
    channel = Stub(faults=[Away("gone")] * 6)
    with capture_logs() as lines:
        async with sending(store, channel):
            await until_ended(store)
    assert [line["outcome"] for line in lines if line["event"] == "notification"] == ["away"] * 6 + ["sent"]


async def test_what_was_sent_while_the_database_was_away_is_kept_once_it_is_back(store: FakeStore) -> None:
    await put_down(store)
    unlucky, channel = Unlucky(store), Stub()
    channel.may_send.clear()
    with capture_logs() as lines:
        async with sending(unlucky, channel):
            await until(lambda: channel.at_once == 1)
            unlucky.away = True
            channel.may_send.set()
            await until(lambda: any(line["event"] == "notifications wait for the database" for line in lines))
            unlucky.away = False
            await until_ended(store)
    assert channel.tried == 1
    told = [line["event"] for line in lines if line["event"] != "notification"]
    assert told == ["notifications wait for the database", "notifications are sent again"]


@dataclass
class ForgetsWhatWasSent(FakeStore):
    """Rows can be claimed, and nothing kept of what came of them, while it `refuses`."""

    refuses: bool = False
    claims: int = 0

    async def claim(
        self, most: int, lease_s: float, besides: Collection[str] = (), *, are_new: bool = False
    ) -> Sequence[Due]:
        self.claims += 1
        return await super().claim(most, lease_s, besides, are_new=are_new)

    async def renew(self, ids: Sequence[str], lease_s: float) -> None:
        if self.refuses:
            raise Unavailable
        await super().renew(ids, lease_s)

    async def mark_sent(self, due: Due) -> None:
        if self.refuses:
            raise Unavailable
        await super().mark_sent(due)


async def test_what_it_has_sent_and_could_not_keep_yet_it_does_not_send_again_when_its_lease_is_over() -> None:
    store, channel = ForgetsWhatWasSent(refuses=True), Stub()
    await put_down(store)
    async with sending(store, channel, replace(QUICK, lease=0.1)):
        await until(lambda: channel.tried > 0)
        row = next(iter(store.rows.values()))
        await until(lambda: datetime.now(UTC) > row.due_at)
        before = store.claims
        await until(lambda: store.claims > before + 3)
        store.refuses = False
        await until_ended(store)
    assert channel.tried == 1


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


async def test_what_is_being_sent_is_nobody_elses_however_long_it_takes(real_store: RealStore[RealTransaction]) -> None:
    await put_down(real_store)
    slow, idle = Stub(), Stub()
    slow.may_send.clear()
    idle.may_send = slow.may_send
    options = replace(QUICK, lease=4.5)
    async with sending(real_store, slow, options), sending(real_store, idle, options):
        await until(lambda: slow.at_once + idle.at_once == 1)
        await _renewed_past(real_store, await _lease_end(real_store) + timedelta(seconds=options.lease))
        slow.may_send.set()
        await until_ended(real_store)
    assert slow.tried + idle.tried == 1


async def _lease_end(store: RealStore[RealTransaction]) -> datetime:
    async with store.reading() as tx:
        return (await tx.connection.execute(select(notifications.c.due_at))).scalar_one()


async def _renewed_past(store: RealStore[RealTransaction], moment: datetime) -> None:
    while await _lease_end(store) < moment:
        await asyncio.sleep(0.05)


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


async def test_several_senders_share_what_waits_and_nobody_is_told_twice(
    real_store: RealStore[RealTransaction],
) -> None:
    ids = await put_down(real_store, 120)
    channels = [Stub(), Stub(), Stub()]
    async with sending(real_store, channels[0]), sending(real_store, channels[1]), sending(real_store, channels[2]):
        await until_ended(real_store)
    sent = [message.notification_id for channel in channels for message in channel.sent]
    assert sorted(sent) == sorted(ids)


class LosesItsMark(RealTransaction):
    """Dies between sending and keeping that it was sent."""

    async def mark_sent(self, due: Due) -> None:
        raise Unavailable


async def test_whoever_dies_between_sending_and_keeping_it_has_it_sent_again_as_the_same_letter(
    migrated_url: str, real_store: RealStore[RealTransaction]
) -> None:
    (id_,) = await put_down(real_store)
    async with opened(Mailbox()) as mailbox:
        channel = SmtpChannel(SmtpOptions("127.0.0.1", mailbox.port, "shop@flow.example", tls=None))
        async with (
            postgres.connect(PostgresOptions(migrated_url), LosesItsMark) as dying,
            sending(dying, channel, replace(QUICK, lease=0.5, farewell=0.1)),
        ):
            await until(lambda: len(mailbox.letters) == 1)
        assert [each.status for each in await listed(real_store)] == ["waiting"]
        async with sending(real_store, channel):
            await until_ended(real_store)
    assert mailbox.ids == [f"<{id_}@flow.example>"] * 2


async def test_a_mail_server_that_comes_back_is_sent_all_that_waited(real_store: RealStore[RealTransaction]) -> None:
    ids = await put_down(real_store, 12)
    mailbox = Mailbox()
    async with opened(mailbox):
        channel = SmtpChannel(SmtpOptions("127.0.0.1", mailbox.port, "shop@flow.example", tls=None))
    with capture_logs() as lines:
        async with sending(real_store, channel):
            await until(lambda: sum(line["event"] == "notification" for line in lines) >= 3)
            async with opened(mailbox):
                await until_ended(real_store)
    assert sorted(mailbox.ids) == sorted(f"<{id_}@flow.example>" for id_ in ids)


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


async def test_however_often_it_was_tried_it_waits_no_longer_than_the_longest(store: FakeStore) -> None:
    for id_ in await put_down(store, 20):
        store.rows[id_] = replace(store.rows[id_], due=replace(store.rows[id_].due, attempt=30))
    async with sending(store, Stub(faults=[NotNow("450")] * 20), replace(QUICK, longest_wait=3600.0)):
        await until(lambda: len(store.put_off_for) == 20)
    assert max(store.put_off_for) == 3600.0
