"""What the flows ask of a store: of the one in memory and of PostgreSQL alike."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import pytest
from auth_service.ports import OpenSession, SessionStore, SessionTransaction
from auth_service.store.sessions import StoredSessions
from auth_service.tables import refresh_tokens, sessions
from contracts.auth import Subject
from sqlalchemy import DateTime, Table, func, select, update

from .fake_sessions import FakeSessions

ADA = Subject(id="0190b7a0-0000-7000-8000-000000000001", email="ada@example.org", role="admin", root=True)
EVE = Subject(id="0190b7a0-0000-7000-8000-000000000002", email="eve@example.org", role="customer")


class Timed(SessionStore, Protocol):
    async def later(self, **by: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Aged:
    """The real store; since time cannot be put forward, what it keeps is put back."""

    stored: StoredSessions

    def transaction(self) -> AbstractAsyncContextManager[SessionTransaction]:
        return self.stored.transaction()

    def reading(self) -> AbstractAsyncContextManager[SessionTransaction]:
        return self.stored.reading()

    async def later(self, **by: float) -> None:
        async with self.stored.store.transaction() as tx:
            for table in (sessions, refresh_tokens):
                await tx.connection.execute(update(table).values(_moments(table, timedelta(**by))))


def _moments(table: Table, by: timedelta) -> dict[str, object]:
    return {column.name: column - by for column in table.c if isinstance(column.type, DateTime)}


@pytest.fixture(params=["fake", "postgres"])
def store(request: pytest.FixtureRequest, stored_sessions: StoredSessions) -> Timed:
    return FakeSessions() if request.param == "fake" else Aged(stored_sessions)


async def opened(store: SessionStore, token: bytes = b"t1", who: Subject = ADA) -> OpenSession:
    async with store.transaction() as tx:
        return await tx.open(who, token, "192.0.2.7")


async def test_a_session_opened_is_found_by_its_token_and_by_its_id(store: Timed) -> None:
    session = await opened(store)

    async with store.transaction() as tx:
        held = await tx.hold(b"t1", b"t2")
        assert held is not None
        assert (held.session.id, held.session.who) == (session.id, ADA)
        assert held.session.seconds_left == pytest.approx(30 * 86_400, abs=60)
        assert (held.spent_for, held.successor_spent) == (None, False)
        assert await tx.hold(b"t2", b"t3") is None
        assert await tx.is_open(session.id)
        assert not await tx.is_open(EVE.id)


async def test_a_spent_token_says_since_when_and_whether_its_successor_is_too(store: Timed) -> None:
    session = await opened(store)
    async with store.transaction() as tx:
        await tx.spend(session, b"t1", b"t2")
    await store.later(seconds=7)

    async with store.transaction() as tx:
        held = await tx.hold(b"t1", b"t2")
        assert held is not None
        assert held.spent_for == pytest.approx(7, abs=2)
        assert not held.successor_spent
        await tx.spend(session, b"t2", b"t3")
        held = await tx.hold(b"t1", b"t2")
        assert held is not None
        assert held.successor_spent


async def test_what_was_not_committed_did_not_happen(store: Timed) -> None:
    session = await opened(store)

    async def spend_and_fail() -> None:
        async with store.transaction() as tx:
            await tx.spend(session, b"t1", b"t2")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await spend_and_fail()

    async with store.transaction() as tx:
        assert await tx.hold(b"t2", b"t3") is None
        held = await tx.hold(b"t1", b"t2")
    assert held is not None
    assert held.spent_for is None


async def test_use_prolongs_a_session_to_its_absolute_end_and_no_further(store: Timed) -> None:
    session = await opened(store)
    for spent, successor in ((b"t1", b"t2"), (b"t2", b"t3"), (b"t3", b"t4")):
        await store.later(days=29)
        async with store.transaction() as tx:
            session = await tx.spend(session, spent, successor)

    assert session.seconds_left == pytest.approx(3 * 86_400, abs=60)
    await store.later(days=4)
    async with store.transaction() as tx:
        assert not await tx.is_open(session.id)
        assert await tx.hold(b"t4", b"t5") is None
        assert await tx.open_of(ADA.id, "admin") == []


async def test_an_ended_session_is_ended_once_and_holds_no_more(store: Timed) -> None:
    session = await opened(store)

    async with store.transaction() as tx:
        assert await tx.end(session.id, "logout") == [session.id]
        assert await tx.end(session.id, "logout") == []
        assert not await tx.is_open(session.id)
        assert await tx.hold(b"t1", b"t2") is None


async def test_all_of_somebody_s_end_but_the_one_to_keep(store: Timed) -> None:
    one, other, eves = await opened(store), await opened(store, b"t2"), await opened(store, b"t3", EVE)

    async with store.transaction() as tx:
        assert await tx.end_all(ADA.id, "customer", "disabled") == []
        assert await tx.end_all(ADA.id, "admin", "password_changed", keep=one.id) == [other.id]
        assert [each.id for each in await tx.open_of(ADA.id, "admin")] == [one.id]
        assert await tx.end_all(ADA.id, "admin", "deleted") == [one.id]
        assert await tx.is_open(eves.id)


async def test_past_so_many_the_oldest_end(store: Timed) -> None:
    first = await opened(store)
    await store.later(seconds=1)
    second = await opened(store, b"t2")
    await store.later(seconds=1)
    await opened(store, b"t3")

    async with store.transaction() as tx:
        assert await tx.end_oldest(ADA, keep=3) == []
        assert set(await tx.end_oldest(ADA, keep=1)) == {first.id, second.id}


async def test_open_sessions_are_told_the_latest_used_first(store: Timed) -> None:
    first = await opened(store)
    await store.later(minutes=1)
    second = await opened(store, b"t2")
    await store.later(minutes=1)
    async with store.transaction() as tx:
        await tx.spend(first, b"t1", b"t3")

    async with store.reading() as tx:
        listed = await tx.open_of(ADA.id, "admin")

    assert [each.id for each in listed] == [first.id, second.id]
    told = listed[0]
    assert told.client_address == "192.0.2.7"
    assert told.last_used_at - told.created_at == pytest.approx(timedelta(minutes=2), abs=timedelta(seconds=5))
    assert told.expires_at - told.last_used_at == pytest.approx(timedelta(days=30), abs=timedelta(seconds=5))


async def test_those_who_end_the_same_sessions_together_end_each_once(stored_sessions: StoredSessions) -> None:
    ids = [(await opened(stored_sessions, bytes([n]))).id for n in range(20)]

    async def end_all() -> list[str]:
        async with stored_sessions.transaction() as tx:
            return [*await tx.end_all(ADA.id, "admin", "logout_all")]

    ended = await asyncio.gather(*(end_all() for _ in range(8)))

    assert sorted(id_ for each in ended for id_ in each) == sorted(ids)


async def test_what_is_long_over_is_pruned_a_batch_at_a_time(stored_sessions: StoredSessions) -> None:
    store = Aged(stored_sessions)
    live, ended, _ = [await opened(store, token) for token in (b"live", b"ended", b"forgotten")]
    async with store.transaction() as tx:
        await tx.end(ended.id, "logout")
    assert await stored_sessions.prune(10) == 0

    await store.later(days=29)
    async with store.transaction() as tx:
        await tx.spend(live, b"live", b"t2")
    await store.later(days=3)

    assert [await stored_sessions.prune(1) for _ in range(3)] == [1, 1, 0]
    assert await kept(stored_sessions) == {live.id: {b"live", b"t2"}}
    async with store.transaction() as tx:
        await tx.spend(live, b"t2", b"t3")
    await store.later(days=28)
    assert await stored_sessions.prune(10) == 1
    assert await kept(stored_sessions) == {live.id: {b"t2", b"t3"}}


async def kept(stored: StoredSessions) -> dict[str, set[bytes]]:
    """The tokens of each session there still is."""
    tokens = func.array_agg(refresh_tokens.c.hash).label("tokens")
    query = select(sessions.c.id, tokens).join(refresh_tokens).group_by(sessions.c.id)
    async with stored.store.reading() as tx:
        return {row.id: set(row.tokens) for row in await tx.connection.execute(query)}


async def test_who_is_forgotten_leaves_neither_session_nor_token(store: Timed) -> None:
    hers, eves = await opened(store), await opened(store, b"t2", EVE)
    async with store.transaction() as tx:
        await tx.end(hers.id, "logout")
        await tx.forget(ADA.id, ADA.role)

    async with store.transaction() as tx:
        assert await tx.hold(b"t1", b"next") is None
        assert await tx.hold(b"t2", b"next") is not None
        assert await tx.open_of(ADA.id, ADA.role) == []
        assert await tx.is_open(eves.id)
    await opened(store, b"t1")
