"""Databases and their roles: each role owns its own and may enter no other."""

import hashlib
import hmac
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import quote

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  it ships none; what is used of it is typed below

from flowkit.servers.postgres_data import SUPERUSER

CONNECT_WITHIN_S = 20
# One at a time: PostgreSQL refuses two changes of one role or of one database's rights at once.
LOCK = 7_305_808_869
# Entered by every role unless told otherwise.
SHARED_DATABASES = ("postgres", "template1")


class Connection(Protocol):
    """What is used of asyncpg's."""

    async def execute(self, query: str) -> str: ...
    async def fetchval(self, query: str, *args: object) -> object: ...
    async def close(self) -> None: ...


class Connect(Protocol):
    def __call__(self, url: str, *, timeout: int) -> Awaitable[Connection]: ...


@dataclass(frozen=True, slots=True)
class Databases:
    port: int
    superusers_password: str = field(repr=False)

    def url(self, name: str, user: str, password: str) -> str:
        return f"postgresql://{quote(user)}:{quote(password, safe='')}@127.0.0.1:{self.port}/{quote(name)}"

    async def create(self, name: str, user: str, password: str | None, template: str | None) -> str:
        secret = password or self._password_of(user)
        async with self._connection() as connection:
            await self._make_role(connection, user, secret)
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                copied = f" TEMPLATE {_name(template)}" if template else ""
                await connection.execute(f"CREATE DATABASE {_name(name)} OWNER {_name(user)}{copied}")
            for database in (name, *SHARED_DATABASES):
                await connection.execute(f"REVOKE CONNECT ON DATABASE {_name(database)} FROM PUBLIC")
        return self.url(name, user, secret)

    async def drop(self, name: str) -> None:
        async with self._connection() as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {_name(name)} WITH (FORCE)")

    async def _make_role(self, connection: Connection, user: str, password: str) -> None:
        exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", user)
        how = "ALTER" if exists else "CREATE"
        await connection.execute(f"{how} ROLE {_name(user)} LOGIN PASSWORD {_text(password)}")

    def _password_of(self, user: str) -> str:
        """Derived from the superuser's, so that asking again gives the same one and none is stored."""
        return hmac.new(self.superusers_password.encode(), user.encode(), hashlib.sha256).hexdigest()[:40]

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Connection]:
        url = self.url("postgres", SUPERUSER, self.superusers_password)
        connect = cast("Connect", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType]  see Connection
        connection = await connect(url, timeout=CONNECT_WITHIN_S)
        try:
            await connection.execute(f"SELECT pg_advisory_lock({LOCK})")
            yield connection
        finally:
            await connection.close()


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(literal: str) -> str:
    return "'" + literal.replace("'", "''") + "'"
