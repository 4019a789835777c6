"""`python -m notification_service resend`, as an operator runs it."""

import asyncio
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from contracts.notification import Notification, Reason
from flowkit.postgres import Store
from notification_service.channels.smtp import SmtpChannel
from notification_service.resend import wait_again
from notification_service.store import Transaction

from tests.mailbox import Mailbox, opened

from .fakes import FakeStore
from .stage import listed, put_down, sending, until_ended
from .test_smtp import to

LONG_AGO = "2020-01-01T00:00:00Z"


async def resend(url: str, *arguments: str) -> tuple[int, str]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "notification_service", "resend", *arguments),
        env={"DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    output, _ = await program.communicate()
    return program.returncode or 0, output.decode()


async def given_up(store: Store[Transaction], *reasons: Reason) -> None:
    await put_down(store, len(reasons))
    async with store.transaction() as tx:
        for due, reason in zip(await tx.claim(len(reasons), 60.0), reasons, strict=True):
            await tx.give_up(due, reason)


def statuses(found: Sequence[Notification]) -> list[str]:
    return [each.status for each in reversed(found)]


async def test_what_a_server_has_refused_is_sent_once_it_is_mended(
    migrated_url: str, real_store: Store[Transaction]
) -> None:
    ids = await put_down(real_store, 5)
    mailbox = Mailbox(to_recipients="550 relay not permitted")
    async with opened(mailbox), sending(real_store, SmtpChannel(to(mailbox))):
        assert set(statuses(await until_ended(real_store))) == {"undeliverable"}
        mailbox.to_recipients = "250 OK"
        assert await resend(migrated_url, "--since", LONG_AGO) == (0, "5 notifications wait again\n")
        assert set(statuses(await until_ended(real_store))) == {"sent"}
    assert sorted(mailbox.ids) == [f"<{id_}@flow.example>" for id_ in ids]


class GivesUpAtOnce(FakeStore):
    """A server refuses again whatever waits again."""

    async def wait_again(
        self, reasons: Collection[Reason], written_since: datetime, most: int, after: str | None = None
    ) -> Sequence[str]:
        found = await super().wait_again(reasons, written_since, most, after)
        for id_ in found:
            self.rows[id_] = replace(self.rows[id_], status="undeliverable", reason="refused")
        return found


async def test_what_is_refused_again_meanwhile_is_not_taken_again() -> None:
    store = GivesUpAtOnce()
    await put_down(store, 6)
    for id_, row in store.rows.items():
        store.rows[id_] = replace(row, status="undeliverable", reason="refused")
    assert await wait_again(store, ["refused"], datetime.fromisoformat(LONG_AGO), at_a_time=2) == 6


async def test_whoever_is_gone_is_not_written_to_again(migrated_url: str, real_store: Store[Transaction]) -> None:
    await given_up(real_store, "refused", "customer_gone", "too_late")
    one = (0, "1 notification waits again\n")
    assert await resend(migrated_url, "--since", LONG_AGO, "--reason", "too_late") == one
    assert statuses(await listed(real_store)) == ["undeliverable", "undeliverable", "waiting"]
    assert await resend(migrated_url, "--since", "1950-01-01T00:00Z") == one
    assert statuses(await listed(real_store)) == ["waiting", "undeliverable", "waiting"]


async def test_what_was_put_down_before_stays_given_up(migrated_url: str, real_store: Store[Transaction]) -> None:
    await given_up(real_store, "refused")
    assert await resend(migrated_url, "--since", "2100-01-01T00:00+01:00") == (0, "0 notifications wait again\n")
    assert statuses(await listed(real_store)) == ["undeliverable"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--since", "yesterday"],
        ["--since", "2026-01-01T00:00:00"],
        ["--since", LONG_AGO, "--reason", "customer_gone"],
        ["--since", LONG_AGO, "all"],
    ],
)
async def test_what_is_asked_wrongly_changes_nothing(
    migrated_url: str, real_store: Store[Transaction], arguments: list[str]
) -> None:
    await given_up(real_store, "refused", "customer_gone")
    assert await resend(migrated_url, *arguments) == (2, "")
    assert set(statuses(await listed(real_store))) == {"undeliverable"}
