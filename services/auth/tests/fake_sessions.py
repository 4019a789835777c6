"""Sessions in a dictionary; test_stored_sessions.py holds them to what PostgreSQL does."""

import copy
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from auth_service.ports import Held, Lifetimes, OpenSession, Why
from contracts.auth import Session, Subject
from flowkit.contract import Role
from flowkit.testing.audit import FakeAudit

LIFETIMES = Lifetimes(unused=timedelta(days=30), at_most=timedelta(days=90))
BIRTH = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    who: Subject
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    ended: Why | None = None


@dataclass(frozen=True, slots=True)
class Token:
    session: str
    spent_at: datetime | None = None


@dataclass(slots=True)
class FakeSessions(FakeAudit):
    lifetimes: Lifetimes = LIFETIMES
    now: datetime = BIRTH
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    tokens: dict[bytes, Token] = field(default_factory=dict[bytes, Token])
    keys: dict[str, str] = field(default_factory=dict[str, str])
    """Ids of API keys, and by whom they were made."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["FakeSessions"]:
        before = copy.copy(self.rows), copy.copy(self.tokens), copy.copy(self.keys), [*self.recorded]
        try:
            yield self
        except BaseException:
            self.rows, self.tokens, self.keys, self.recorded = before
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["FakeSessions"]:
        yield self

    async def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def open(self, who: Subject, first_token: bytes, client_address: str) -> OpenSession:
        id_ = str(uuid4())
        until = self.now + min(self.lifetimes.unused, self.lifetimes.at_most)
        self.rows[id_] = Row(who, client_address, self.now, self.now, until)
        self.tokens[first_token] = Token(id_)
        return self._open(id_)

    async def end_oldest(self, who: Subject, keep: int) -> Sequence[str]:
        newest_first = [*self._of(who.id, who.role)][::-1]
        return self._end(newest_first[keep:], "too_many")

    async def hold(self, token: bytes, successor: bytes) -> Held | None:
        known = self.tokens.get(token)
        if known is None or not await self.is_open(known.session):
            return None
        spent_for = None if known.spent_at is None else (self.now - known.spent_at).total_seconds()
        follower = self.tokens.get(successor)
        return Held(self._open(known.session), spent_for, follower is not None and follower.spent_at is not None)

    async def spend(self, session: OpenSession, token: bytes, successor: bytes) -> OpenSession:
        self.tokens[token] = replace(self.tokens[token], spent_at=self.now)
        self.tokens[successor] = Token(session.id)
        row = self.rows[session.id]
        until = min(self.now + self.lifetimes.unused, row.created_at + self.lifetimes.at_most)
        self.rows[session.id] = replace(row, last_used_at=self.now, expires_at=until)
        return self._open(session.id)

    async def end(self, session: str, why: Why) -> Sequence[str]:
        return self._end([session] if session in self.rows else [], why)

    async def end_all(self, user_id: str, role: Role, why: Why, keep: str | None = None) -> Sequence[str]:
        return self._end([each for each in self._of(user_id, role) if each != keep], why)

    async def forget(self, user_id: str, role: Role) -> None:
        gone = {id_ for id_, row in self.rows.items() if (row.who.id, row.who.role) == (user_id, role)}
        self.rows = {id_: row for id_, row in self.rows.items() if id_ not in gone}
        self.tokens = {hash_: token for hash_, token in self.tokens.items() if token.session not in gone}

    async def is_open(self, session: str) -> bool:
        row = self.rows.get(session)
        return row is not None and row.ended is None and row.expires_at > self.now

    async def revoke_keys_of(self, maker: str) -> Sequence[str]:
        theirs = [id_ for id_, made_by in self.keys.items() if made_by == maker]
        self.keys = {id_: made_by for id_, made_by in self.keys.items() if id_ not in theirs}
        return theirs

    async def open_of(self, user_id: str, role: Role) -> Sequence[Session]:
        found = [self._told(each) for each in self._of(user_id, role) if await self.is_open(each)]
        return sorted(found, key=lambda each: each.last_used_at, reverse=True)

    def _of(self, user_id: str, role: Role) -> Sequence[str]:
        whose = (user_id, role)
        return [id_ for id_, row in self.rows.items() if (row.who.id, row.who.role) == whose and row.ended is None]

    def _end(self, sessions: Sequence[str], why: Why) -> Sequence[str]:
        still = [each for each in sessions if self.rows[each].ended is None]
        self.rows |= {each: replace(self.rows[each], ended=why) for each in still}
        return still

    def _open(self, id_: str) -> OpenSession:
        return OpenSession(id_, self.rows[id_].who, (self.rows[id_].expires_at - self.now).total_seconds())

    def _told(self, id_: str) -> Session:
        row = self.rows[id_]
        return Session(
            id=id_,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            client_address=row.address,
            current=False,
        )


@dataclass(slots=True)
class FakeRevocations:
    announced: list[tuple[tuple[str, ...], Why]] = field(default_factory=list[tuple[tuple[str, ...], Why]])

    async def announce(self, sessions: Sequence[str], why: Why) -> None:
        if sessions:
            self.announced.append((tuple(sessions), why))
