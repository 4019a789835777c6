from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from auth_service.seal import Seal
from auth_service.store.api_keys import StoredApiKeys
from auth_service.store.keys import StoredKeys
from auth_service.store.sessions import StoredSessions
from auth_service.store.transaction import Transaction
from auth_service.tables import schema, sessions
from flowkit import postgres
from flowkit.postgres import PostgresOptions, migrations
from flowkit.servers import PostgresServer
from sqlalchemy import func, insert, text

from .fake_sessions import LIFETIMES
from .fakes import MAKER


@pytest.fixture(scope="session")
async def migrated_url(postgres_server: PostgresServer) -> str:
    url = await postgres_server.create_database("auth")
    await migrations.apply(PostgresOptions(url), schema)
    return url


@pytest.fixture
async def stored_keys(migrated_url: str) -> AsyncGenerator[StoredKeys]:
    async with postgres.connect(PostgresOptions(migrated_url), Transaction) as store:
        yield StoredKeys(store, Seal(bytes(32)))
        async with store.transaction() as tx:
            await tx.connection.execute(text("TRUNCATE signing_keys"))


@pytest.fixture
async def stored_sessions(migrated_url: str) -> AsyncGenerator[StoredSessions]:
    async with postgres.connect(PostgresOptions(migrated_url), Transaction) as store:
        yield StoredSessions(store, LIFETIMES)
        async with store.transaction() as tx:
            await tx.connection.execute(text("TRUNCATE sessions, refresh_tokens"))


@pytest.fixture
async def stored_api_keys(migrated_url: str) -> AsyncGenerator[StoredApiKeys]:
    async with postgres.connect(PostgresOptions(migrated_url), Transaction) as store:
        async with store.transaction() as tx:
            told = {"id": MAKER.session, "user_id": MAKER.id, "role": MAKER.role, "email": MAKER.email, "root": False}
            until = func.now() + timedelta(days=1)
            await tx.connection.execute(insert(sessions).values(**told, client_address="", expires_at=until))
        yield StoredApiKeys(store)
        async with store.transaction() as tx:
            await tx.connection.execute(text("TRUNCATE api_keys, sessions, refresh_tokens"))
