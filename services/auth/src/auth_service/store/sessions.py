"""Sessions and their refresh tokens in PostgreSQL. All times are the database's own."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from contracts.auth import Session, Subject
from flowkit.audit import Audited
from flowkit.contract import Role
from flowkit.postgres import Store
from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from auth_service.ports import Held, Lifetimes, OpenSession, Why
from auth_service.store.transaction import Transaction
from auth_service.tables import api_keys, refresh_tokens, sessions

# Whoever waited for a lock has a `now()` of before the wait.
_NOW = func.clock_timestamp()
IS_OPEN = and_(sessions.c.ended_at.is_(None), sessions.c.expires_at > _NOW)
_LEFT = func.extract("epoch", sessions.c.expires_at - _NOW).label("seconds_left")
# A day, in which whoever wonders what became of a session can still look.
_REMEMBERED = timedelta(days=1)
_HELD = (sessions.c.id, sessions.c.user_id, sessions.c.email, sessions.c.role, sessions.c.root, _LEFT)


@dataclass(frozen=True, slots=True)
class StoredSessions:
    store: Store[Transaction]
    lifetimes: Lifetimes

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["SessionRows"]:
        async with self.store.transaction() as tx:
            yield SessionRows(tx.connection, self.lifetimes)

    async def prune(self, at_most: int) -> int:
        """How many sessions that are long over, and tokens that were spent before any live one, were deleted."""
        async with self.store.transaction() as tx:
            over = or_(sessions.c.expires_at < _NOW - _REMEMBERED, sessions.c.ended_at < _NOW - _REMEMBERED)
            old = refresh_tokens.c.spent_at < _NOW - self.lifetimes.unused
            return await _delete(tx, sessions, sessions.c.id, over, at_most) + await _delete(
                tx, refresh_tokens, refresh_tokens.c.hash, old, at_most
            )

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["SessionRows"]:
        async with self.store.reading() as tx:
            yield SessionRows(tx.connection, self.lifetimes)


@dataclass(frozen=True, slots=True)
class SessionRows(Audited):
    lifetimes: Lifetimes

    async def open(self, who: Subject, first_token: bytes, client_address: str) -> OpenSession:
        told = {"user_id": who.id, "role": who.role, "email": who.email, "root": who.root}
        lasting = min(self.lifetimes.unused, self.lifetimes.at_most)
        row = insert(sessions).values(**told, client_address=client_address, expires_at=func.now() + lasting)
        opened = str(await self.connection.scalar(row.returning(sessions.c.id)))
        await self.connection.execute(insert(refresh_tokens).values(hash=first_token, session_id=opened))
        return OpenSession(opened, who, lasting.total_seconds())

    async def end_oldest(self, who: Subject, keep: int) -> Sequence[str]:
        newest_first = sessions.c.created_at.desc(), sessions.c.id.desc()
        older = select(sessions.c.id).where(_of(who.id, who.role)).order_by(*newest_first).offset(keep)
        return await self._end(sessions.c.id.in_(older), "too_many")

    async def hold(self, token: bytes, successor: bytes) -> Held | None:
        """The session is locked first: whatever its tokens say then stays so until this transaction ends."""
        row = (await self.connection.execute(_session_of(token).with_for_update())).one_or_none()
        if row is None:
            return None
        since = func.extract("epoch", _NOW - refresh_tokens.c.spent_at).label("spent_for")
        both = select(refresh_tokens.c.hash, since).where(refresh_tokens.c.hash.in_((token, successor)))
        spent: dict[bytes, Decimal | None] = {row.hash: row.spent_for for row in await self.connection.execute(both)}
        if token not in spent:
            return None
        spent_for = spent[token]
        return Held(_session(row), None if spent_for is None else float(spent_for), spent.get(successor) is not None)

    async def spend(self, session: OpenSession, token: bytes, successor: bytes) -> OpenSession:
        this = refresh_tokens.c.hash == token
        await self.connection.execute(update(refresh_tokens).where(this).values(spent_at=_NOW))
        await self.connection.execute(insert(refresh_tokens).values(hash=successor, session_id=session.id))
        until = func.least(_NOW + self.lifetimes.unused, sessions.c.created_at + self.lifetimes.at_most)
        used = update(sessions).where(sessions.c.id == session.id).values(last_used_at=_NOW, expires_at=until)
        return _session((await self.connection.execute(used.returning(*_HELD))).one())

    async def end(self, session: str, why: Why) -> Sequence[str]:
        return await self._end(sessions.c.id == session, why)

    async def end_all(self, user_id: str, role: Role, why: Why, keep: str | None = None) -> Sequence[str]:
        return await self._end(and_(_of(user_id, role), sessions.c.id.is_distinct_from(keep)), why)

    async def forget(self, user_id: str, role: Role) -> None:
        theirs = and_(sessions.c.user_id == user_id, sessions.c.role == role)
        await self.connection.execute(delete(sessions).where(theirs))

    async def is_open(self, session: str) -> bool:
        return bool(await self.connection.scalar(select(exists().where(sessions.c.id == session, IS_OPEN))))

    async def revoke_keys_of(self, maker: str) -> Sequence[str]:
        theirs = delete(api_keys).where(api_keys.c.made_by == maker)
        return [str(id_) for id_ in await self.connection.scalars(theirs.returning(api_keys.c.id))]

    async def open_of(self, user_id: str, role: Role) -> Sequence[Session]:
        latest_first = sessions.c.last_used_at.desc(), sessions.c.id.desc()
        rows = await self.connection.execute(
            select(sessions).where(_of(user_id, role), IS_OPEN).order_by(*latest_first)
        )
        return [_told(row) for row in rows]

    async def _end(self, which: ColumnElement[bool], why: Why) -> Sequence[str]:
        still = select(sessions.c.id).where(which, sessions.c.ended_at.is_(None))
        # Locked in one order, so that of two who end the same sessions neither holds what the other waits for.
        locked = still.order_by(sessions.c.id).with_for_update()
        ended = update(sessions).where(sessions.c.id.in_(locked)).values(ended_at=_NOW, why=why)
        return [str(id_) for id_ in await self.connection.scalars(ended.returning(sessions.c.id))]


def _of(user_id: str, role: Role) -> ColumnElement[bool]:
    return and_(sessions.c.user_id == user_id, sessions.c.role == role, sessions.c.ended_at.is_(None))


def _session_of(token: bytes) -> Select[*tuple[Any, ...]]:
    # Which session a token belongs to never changes, so that much may be read before the lock.
    of_token = select(refresh_tokens.c.session_id).where(refresh_tokens.c.hash == token).scalar_subquery()
    return select(*_HELD).where(sessions.c.id == of_token, IS_OPEN)


def _session(row: Row[*tuple[Any, ...]]) -> OpenSession:
    who = Subject(id=row.user_id, email=row.email, role=row.role, root=row.root)
    return OpenSession(row.id, who, float(row.seconds_left))


def _told(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(
        id=row.id,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        client_address=row.client_address,
        current=False,
    )


async def _delete(tx: Transaction, table: Table, key: Column[Any], which: ColumnElement[bool], at_most: int) -> int:
    """What another transaction holds is left for the next time."""
    found = select(key).where(which).limit(at_most).with_for_update(skip_locked=True)
    return (await tx.connection.execute(delete(table).where(key.in_(found)))).rowcount
