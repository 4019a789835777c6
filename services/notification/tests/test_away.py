"""Whoever is to be told is told, each once, though the mail server or the database is away meanwhile."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flowkit.contract import Unavailable
from flowkit.postgres import Store as RealStore
from notification_service.channels.smtp import SmtpChannel, SmtpOptions
from notification_service.ports import Away, Due
from notification_service.store import Transaction as RealTransaction
from structlog.testing import capture_logs

from tests.mailbox import Mailbox, opened

from .fakes import FakeStore, Unlucky
from .stage import QUICK, Stub, put_down, sending, until, until_ended


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
