"""Several senders share what waits: what one is sending is no other's, unless it dies."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from flowkit import postgres
from flowkit.contract import Unavailable
from flowkit.postgres import PostgresOptions
from flowkit.postgres import Store as RealStore
from notification_service.channels.smtp import SmtpChannel, SmtpOptions
from notification_service.ports import Due
from notification_service.store import Transaction as RealTransaction
from notification_service.tables import notifications
from sqlalchemy import select

from tests.mailbox import Mailbox, opened

from .stage import QUICK, Stub, listed, put_down, sending, until, until_ended


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
