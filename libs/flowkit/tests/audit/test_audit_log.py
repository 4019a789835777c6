"""The audit log in PostgreSQL: kept with what was done, found again, and only ever added to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flowkit.audit import Audited, Entry, TellAudit
from flowkit.audit.keeping import older_than
from flowkit.contract.audit import AuditEntry, WhichEntries
from flowkit.postgres import PostgresOptions, Schema, Store, migrations
from flowkit.pruning import prune_now
from flowkit.testing.audit import FakeAudit
from flowkit.testing.calls import a_call
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

ADA, BOB = "0190b7a0-0000-7000-8000-00000000000a", "0190b7a0-0000-7000-8000-00000000000b"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
DELETED = Entry(action="customer.delete", actor_role="admin", actor=BOB, subject_kind="customer", subject=ADA)


async def record(store: Store[Audited], *entries: Entry) -> None:
    async with store.transaction() as tx:
        await tx.record(*entries)


async def all_of(store: Store[Audited], **which: Any) -> list[AuditEntry]:
    return list((await TellAudit(store).run(WhichEntries(**which), a_call())).items)


async def run(store: Store[Audited], sql: str) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(text(sql))


async def test_an_entry_is_told_as_it_was_recorded(store: Store[Audited]) -> None:
    await record(store, DELETED)

    (told,) = await all_of(store)

    assert (told.action, told.outcome, told.actor_role) == ("customer.delete", "OK", "admin")
    assert (told.actor, told.subject_kind, told.subject, told.times) == (BOB, "customer", ADA, 1)
    assert abs(datetime.now(UTC) - told.at) < timedelta(minutes=1)


async def test_what_is_undone_was_never_recorded(store: Store[Audited]) -> None:
    async def record_and_fail() -> None:
        async with store.transaction() as tx:
            await tx.record(DELETED)
            raise LookupError

    with pytest.raises(LookupError):
        await record_and_fail()
    assert await all_of(store) == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit_log SET actor = 'eve'", "DELETE FROM audit_log", "TRUNCATE audit_log"],
    ids=lambda it: it[:6],
)
async def test_what_is_recorded_can_be_neither_changed_nor_removed(store: Store[Audited], change: str) -> None:
    await record(store, DELETED)

    with pytest.raises(DBAPIError, match="the audit log is only added to"):
        await run(store, change)

    assert [told.actor for told in await all_of(store)] == [BOB]


async def test_what_is_old_is_removed_and_what_is_young_stays_whatever_is_asked(store: Store[Audited]) -> None:
    await record(store, DELETED, DELETED, Entry(action="customer.login"))
    aged = "INSERT INTO audit_log (at, action, outcome, actor_role, times) SELECT now() - make_interval(days => {}), "
    await run(store, aged.format(31) + "'old', 'OK', 'anyone', 1 FROM generate_series(1, 2500)")

    assert await prune_now(older_than(store, timedelta(days=32))) == 0
    assert await prune_now(older_than(store, timedelta(days=30))) == 2500
    with pytest.raises(DBAPIError, match="only added to"):
        await prune_now(older_than(store, timedelta(0)))
    assert len(await all_of(store)) == 3


@pytest.mark.parametrize("kind", ["fake", "real"])
async def test_entries_are_found_by_who_by_whom_by_either_by_trace_and_by_time(
    store: Store[Audited], kind: str
) -> None:
    await record(store, *_three())
    fake = FakeAudit(_three())

    async def found(**which: Any) -> list[str]:
        asked = WhichEntries(**which)
        told = await all_of(store, **which) if kind == "real" else await fake.entries(asked)
        return [entry.action for entry in told]

    assert await found() == ["c", "b", "a"]
    assert await found(actor=ADA) == ["b", "a"]
    assert await found(subject=ADA) == ["c"]
    assert await found(about=ADA) == ["c", "b", "a"]
    assert await found(about=BOB) == ["c"]
    assert await found(trace=TRACE) == ["b"]
    assert await found(since=datetime.now(UTC) - timedelta(hours=1), actor=BOB) == ["c"]
    assert await found(since=datetime.now(UTC) + timedelta(hours=1)) == []


def _three() -> list[Entry]:
    return [
        Entry(action="a", actor=ADA),
        Entry(action="b", actor=ADA, trace_id=TRACE),
        Entry(action="c", actor=BOB, subject=ADA),
    ]


async def test_page_after_page_tells_all_of_it_once(store: Store[Audited]) -> None:
    await record(store, *(Entry(action=str(n)) for n in range(5)))

    pages = [await TellAudit(store).run(WhichEntries(limit=2), a_call())]
    while isinstance(last := pages[-1].next, str):
        pages.append(await TellAudit(store).run(WhichEntries(limit=2, before=last), a_call()))

    assert [[entry.action for entry in page.items] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]


async def test_table_and_migration_agree(url: str, schema: Schema) -> None:
    assert await migrations.drift(PostgresOptions(url), schema) == []


NEWEST = "ORDER BY id DESC LIMIT 100"


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (f"actor = 'ada' {NEWEST}", "by_actor"),
        (f"subject = 'ada' {NEWEST}", "by_subject"),
        (f"trace_id = 'a' {NEWEST}", "by_trace_id"),
        ("at < now() - interval '30 days' LIMIT 1000", "in_order"),
    ],
)
async def test_no_question_reads_all_of_it(store: Store[Audited], asked: str, index: str) -> None:
    explained = "EXPLAIN SELECT * FROM audit_log WHERE " + asked  # noqa: S608  all of it is above
    async with store.transaction() as tx:
        await tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await tx.connection.scalars(text(explained))

    assert f"audit_log_{index}" in "".join(plan.all())
