"""Where the login throttle keeps its histories: two small tables in the service's own database, their keys hashes."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    bindparam,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit.postgres.store import Store

# What is left of what a source had spent.
_LEFT = "greatest(0, s.spent - :wears_off * extract(epoch FROM now() - s.at))"
_READ = f"""
    SELECT extract(epoch FROM now())::double precision AS now, a.version, a.history, coalesce({_LEFT}, 0) AS spent
    FROM (SELECT 1) AS one
    LEFT JOIN login_accounts a ON a.key = :account
    LEFT JOIN login_sources s ON s.key = :source
"""  # noqa: S608  put together from what stands above
# One statement, so one round trip and one transaction: a source is charged only where the account's row was won.
# What was forgotten in between is not brought back: a row is made for whoever saw none, and for nobody else.
_WRITE = f"""
    WITH kept AS (
        UPDATE login_accounts
        SET version = :seen + 1, history = :history, expires_at = now() + make_interval(secs => :kept_s)
        WHERE key = :account AND version = :seen
        RETURNING key
    ), made AS (
        INSERT INTO login_accounts (key, version, history, expires_at)
        SELECT :account, 1, :history, now() + make_interval(secs => :kept_s) WHERE :seen = 0
        ON CONFLICT (key) DO NOTHING
        RETURNING key
    ), won AS (
        SELECT key FROM kept UNION ALL SELECT key FROM made
    ), charged AS (
        INSERT INTO login_sources AS s (key, spent, at)
        SELECT :source, greatest(0, :cost), now() FROM won WHERE :cost <> 0
        ON CONFLICT (key) DO UPDATE SET spent = greatest(0, {_LEFT} + :cost), at = now()
        RETURNING spent
    )
    SELECT coalesce((SELECT spent FROM charged), 0) FROM won
"""  # noqa: S608  as above
_PRUNE_ACCOUNTS = """
    DELETE FROM login_accounts WHERE key IN (
        SELECT key FROM login_accounts WHERE expires_at < now() LIMIT :most FOR UPDATE SKIP LOCKED)
"""
_PRUNE_SOURCES = """
    DELETE FROM login_sources WHERE key IN (
        SELECT key FROM login_sources WHERE at < now() - make_interval(secs => :idle_s) LIMIT :most
        FOR UPDATE SKIP LOCKED)
"""


def _statement(sql: str) -> TextClause:
    """Its parameters with their types, by which PostgreSQL would otherwise have to guess."""
    kinds = {
        "account": LargeBinary,
        "source": LargeBinary,
        "seen": BigInteger,
        "history": Text,
        "kept_s": Double,
        "idle_s": Double,
        "wears_off": Double,
        "cost": Double,
        "most": BigInteger,
    }
    return text(sql).bindparams(*(bindparam(name, type_=kind) for name, kind in kinds.items() if f":{name}" in sql))


_read, _write = _statement(_READ), _statement(_WRITE)
_forget = _statement("DELETE FROM login_accounts WHERE key = :account")
_prune_accounts, _prune_sources = _statement(_PRUNE_ACCOUNTS), _statement(_PRUNE_SOURCES)


async def forget(connection: AsyncConnection, account: bytes) -> None:
    """In the transaction of what it is forgotten for."""
    await connection.execute(_forget, {"account": account})


def login_tables(metadata: MetaData) -> tuple[Table, Table]:
    """What a service that lets people sign in adds to its schema."""
    accounts = Table(
        "login_accounts",
        metadata,
        Column("key", LargeBinary, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("history", Text, nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
    )
    Index("login_accounts_by_expiry", accounts.c.expires_at)
    sources = Table(
        "login_sources",
        metadata,
        Column("key", LargeBinary, primary_key=True),
        Column("spent", Double, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
    )
    Index("login_sources_by_time", sources.c.at)
    return accounts, sources


@dataclass(frozen=True, slots=True)
class Stored:
    """What is kept of an account and of a source; `version` is 0 where there is nothing of the account."""

    now: float
    version: int
    history: str | None
    spent: float


@dataclass(frozen=True, slots=True)
class LoginHistories:
    store: Store[Any]

    async def read(self, account: bytes, source: bytes, wears_off: float) -> Stored:
        given = {"account": account, "source": source, "wears_off": wears_off}
        async with self.store.statement() as connection:
            row = (await connection.execute(_read, given)).one()
        return Stored(row.now, row.version or 0, row.history, row.spent)

    async def write(self, **given: bytes | str | float) -> float | None:
        """By the names of `_WRITE`, what the source has spent then; nothing, and None, where the account's version is
        another than `seen`."""
        async with self.store.statement() as connection:
            return await connection.scalar(_write, given)

    async def forget(self, account: bytes) -> None:
        async with self.store.statement() as connection:
            await forget(connection, account)

    async def prune(self, *, idle_s: float, most: int) -> int:
        """How many rows went that say nothing any more; `most` of each table at once."""
        async with self.store.statement() as connection:
            accounts = await connection.execute(_prune_accounts, {"most": most})
        async with self.store.statement() as connection:
            sources = await connection.execute(_prune_sources, {"idle_s": idle_s, "most": most})
        return accounts.rowcount + sources.rowcount
