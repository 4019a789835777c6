"""One suite over the fake and PostgreSQL, which keeps the fake honest."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest
from contracts.notification import Kind, Notification
from flowkit.postgres import PostgresOptions, migrations
from flowkit.postgres import Store as RealStore
from msgspec import UNSET
from notification_service.ports import Due, Store
from notification_service.store import Transaction
from notification_service.tables import schema
from sqlalchemy import text

from .fakes import FakeStore

LEASE_S = 60.0
ADA, BOB = str(uuid4()), str(uuid4())


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest) -> Store:
    return FakeStore() if request.param == "fake" else request.getfixturevalue("real_store")


async def add(store: Store, kind: Kind = "welcome", customer_id: str = ADA, order_id: str | None = None) -> str | None:
    async with store.transaction() as tx:
        return await tx.add(kind, customer_id, order_id)


async def claim(store: Store, most: int = 10, lease_s: float = LEASE_S) -> Sequence[Due]:
    async with store.transaction() as tx:
        return await tx.claim(most, lease_s)


async def listed(store: Store, customer_id: str = ADA, page: int = 1, limit: int = 10) -> Sequence[Notification]:
    async with store.reading() as tx:
        return await tx.page(customer_id, page, limit)


async def test_a_notification_is_found_as_it_was_put_down(store: Store) -> None:
    order = str(uuid4())
    id_ = await add(store, "payment_failed", ADA, order)

    (found,) = await listed(store)

    assert (found.id, found.customer_id, found.kind, found.order_id) == (id_, ADA, "payment_failed", order)
    assert (found.status, found.sent_at, found.reason) == ("waiting", UNSET, UNSET)
    assert str(found.created_at.tzinfo) == "UTC"


async def test_there_is_one_of_each_kind_for_a_customer_and_for_an_order(store: Store) -> None:
    first, second = str(uuid4()), str(uuid4())
    put_down = [
        await add(store, "welcome"),
        await add(store, "welcome"),
        await add(store, "welcome", BOB),
        await add(store, "order_received", ADA, first),
        await add(store, "order_received", ADA, first),
        await add(store, "order_received", ADA, second),
        await add(store, "payment_completed", ADA, first),
    ]
    assert [id_ is not None for id_ in put_down] == [True, False, True, True, False, True, True]


async def test_a_page_holds_the_newest_first_and_one_customers_alone(store: Store) -> None:
    ids = [await add(store, "order_received", ADA, str(uuid4())) for _ in range(5)]
    await add(store, "welcome", BOB)

    assert [each.id for each in await listed(store, limit=2)] == ids[:2:-1]
    assert [each.id for each in await listed(store, page=3, limit=2)] == ids[:1]
    async with store.reading() as tx:
        assert (await tx.count(ADA), await tx.count(BOB), await tx.count(str(uuid4()))) == (5, 1, 0)


async def test_the_newest_are_told_from_any_place_on(store: Store) -> None:
    ids = [await add(store, "order_received", ADA, str(uuid4())) for _ in range(4)]
    await add(store, "welcome", BOB)

    async with store.reading() as tx:
        first = await tx.newest(ADA, None, 3)
        rest = await tx.newest(ADA, first[-1].id, 10)

    assert [each.id for each in (*first, *rest)] == ids[::-1]


async def test_what_is_claimed_is_nobody_elses_until_its_lease_has_ended(store: Store) -> None:
    id_ = await add(store)
    (first,) = await claim(store, lease_s=LEASE_S)
    assert (first.id, first.attempt) == (id_, 1)
    assert await claim(store) == []

    async with store.transaction() as tx:
        await tx.put_off(first, -1.0)
    (second,) = await claim(store)
    assert (second.id, second.attempt) == (id_, 2)


async def test_a_lease_is_made_longer_and_never_shorter(store: Store) -> None:
    await add(store)
    (due,) = await claim(store, lease_s=-1.0)
    async with store.transaction() as tx:
        await tx.renew([due.id], LEASE_S)
        await tx.renew([due.id], -1.0)
    assert await claim(store) == []


async def test_what_somebody_has_in_hand_is_not_claimed_though_its_lease_has_ended(store: Store) -> None:
    first, second = await add(store), await add(store, customer_id=BOB)
    assert first is not None
    async with store.transaction() as tx:
        assert [due.id for due in await tx.claim(10, LEASE_S, (first,))] == [second]
    assert [due.id for due in await claim(store)] == [first]


async def test_whoever_waits_longest_is_claimed_first_and_no_more_than_asked_for(store: Store) -> None:
    ids = [await add(store, "order_received", ADA, str(uuid4())) for _ in range(3)]
    assert [[due.id for due in await claim(store, most=2)], [due.id for due in await claim(store, most=2)]] == [
        ids[:2],
        ids[2:],
    ]


async def test_whoever_was_tried_least_is_claimed_before_those_who_are_due_longer(store: Store) -> None:
    (tried, *new) = [await add(store, "order_received", ADA, str(uuid4())) for _ in range(3)]
    async with store.transaction() as tx:
        for due in await tx.claim(1, LEASE_S):
            await tx.put_off(due, -3600.0)

    async with store.transaction() as tx:
        assert [due.id for due in await tx.claim(1, LEASE_S)] == new[:1]
        assert [due.id for due in await tx.claim(10, LEASE_S, are_new=True)] == new[1:]
        assert await tx.claim(10, LEASE_S, are_new=True) == []
        assert [due.id for due in await tx.claim(10, LEASE_S)] == [tried]


async def test_what_was_sent_is_not_claimed_again_and_stays_sent(store: Store) -> None:
    await add(store)
    (due,) = await claim(store, lease_s=-1.0)
    async with store.transaction() as tx:
        await tx.mark_sent(due)
        await tx.give_up(due, "refused")
        await tx.put_off(due, -1.0)

    (found,) = await listed(store)
    assert (found.status, found.reason) == ("sent", UNSET)
    assert found.sent_at is not UNSET
    assert await claim(store) == []


async def test_what_is_given_up_says_why(store: Store) -> None:
    await add(store)
    (due,) = await claim(store, lease_s=-1.0)
    async with store.transaction() as tx:
        await tx.give_up(due, "customer_gone")

    (found,) = await listed(store)
    assert (found.status, found.reason, found.sent_at) == ("undeliverable", "customer_gone", UNSET)
    assert await claim(store) == []


async def test_who_lost_a_claim_neither_puts_off_nor_gives_up_what_another_holds(store: Store) -> None:
    await add(store)
    (lost,) = await claim(store, lease_s=-1.0)
    (_held,) = await claim(store)
    async with store.transaction() as tx:
        await tx.give_up(lost, "refused")
        await tx.put_off(lost, -1.0)

    (found,) = await listed(store)
    assert found.status == "waiting"
    assert await claim(store) == []


async def test_what_was_sent_by_whoever_lost_the_claim_was_sent_all_the_same(store: Store) -> None:
    await add(store)
    (lost,) = await claim(store, lease_s=-1.0)
    await claim(store)
    async with store.transaction() as tx:
        await tx.mark_sent(lost)

    (found,) = await listed(store)
    assert found.status == "sent"


async def test_how_long_the_oldest_waits_is_told_until_it_is_done(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.longest_wait_s() == 0
    await add(store)
    (due,) = await claim(store)
    async with store.transaction() as tx:
        assert 0 < await tx.longest_wait_s() < LEASE_S
        await tx.mark_sent(due)
        assert await tx.longest_wait_s() == 0


async def test_what_was_given_up_waits_again_for_those_reasons_from_then_on_and_so_many_at_a_time(store: Store) -> None:
    ids = [await add(store, "order_received", ADA, str(uuid4())) for _ in range(5)]
    async with store.transaction() as tx:
        gone, *refused, sent = await tx.claim(5, LEASE_S)
        await tx.give_up(gone, "customer_gone")
        for due in refused:
            await tx.give_up(due, "refused")
        await tx.mark_sent(sent)

    begun = min(each.created_at for each in await listed(store))
    async with store.transaction() as tx:
        assert await tx.wait_again(["refused"], begun + timedelta(days=1), 10) == []
        assert await tx.wait_again(["too_late"], begun, 10) == []
        assert await tx.wait_again(["refused"], begun, 10, ids[3]) == []
        found = [await tx.wait_again(["refused", "too_late"], begun, 2) for _ in range(3)]
    assert found == [ids[1:3], ids[3:4], []]
    assert [(due.id, due.attempt) for due in await claim(store)] == [(id_, 2) for id_ in ids[1:4]]
    assert {(each.status, each.reason) for each in await listed(store) if each.id in ids[1:4]} == {("waiting", UNSET)}


async def test_what_waits_again_has_waited_since_then_and_is_as_old_as_before(
    real_store: RealStore[Transaction],
) -> None:
    await add(real_store)
    async with real_store.transaction() as tx:
        ago = "UPDATE notifications SET created_at = now() - interval '1 hour', waits_since = now() - interval '1 hour'"
        await tx.connection.execute(text(ago))
    (due,) = await claim(real_store)
    async with real_store.transaction() as tx:
        assert await tx.longest_wait_s() > 3000
        await tx.give_up(due, "too_late")
        await tx.wait_again(["too_late"], due.created_at, 10)
        assert await tx.longest_wait_s() < 3000
    (again,) = await claim(real_store)
    assert (due.waited_s > 3000, again.waited_s < 3000, again.age_s > 3000) == (True, True, True)


async def test_what_was_done_long_ago_goes_so_many_at_a_time_and_what_waits_stays(store: Store) -> None:
    ids = [await add(store, "order_received", ADA, str(uuid4())) for _ in range(5)]
    async with store.transaction() as tx:
        for due in await tx.claim(4, -1.0):
            await tx.mark_sent(due)

    async with store.transaction() as tx:
        assert await tx.prune(timedelta(days=1), 10) == 0
        # As if a minute had gone by.
        assert await tx.prune(timedelta(minutes=-1), 3) == 3
        assert await tx.prune(timedelta(minutes=-1), 3) == 1
        assert await tx.prune(timedelta(minutes=-1), 3) == 0
    assert [each.id for each in await listed(store)] == ids[4:]


async def test_two_senders_share_the_line_and_no_row_goes_to_both(real_store: RealStore[Transaction]) -> None:
    ids = {await add(real_store, "order_received", ADA, str(uuid4())) for _ in range(60)}

    claimed = await asyncio.gather(*(claim(real_store, most=9) for _ in range(8)))

    taken = [due.id for each in claimed for due in each]
    assert len(taken) == len(set(taken))
    rest = [due.id for due in await claim(real_store, most=100)]
    assert {*taken, *rest} == ids


async def test_the_migrations_lead_to_what_tables_py_says(migrated_url: str) -> None:
    assert await migrations.drift(PostgresOptions(migrated_url), schema) == []
