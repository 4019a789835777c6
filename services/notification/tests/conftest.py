from collections.abc import AsyncGenerator

import pytest
from flowkit import postgres
from flowkit.postgres import PostgresOptions, Store, migrations
from flowkit.servers import PostgresServer
from notification_service.store import Transaction
from notification_service.tables import schema
from sqlalchemy import text

from .fakes import FakeStore


@pytest.fixture(scope="session")
async def migrated_url(postgres_server: PostgresServer) -> str:
    url = await postgres_server.create_database("notification")
    await migrations.apply(PostgresOptions(url), schema)
    return url


@pytest.fixture
async def real_store(migrated_url: str) -> AsyncGenerator[Store[Transaction]]:
    async with postgres.connect(PostgresOptions(migrated_url), Transaction) as store:
        yield store
        async with store.transaction() as tx:
            await tx.connection.execute(text("TRUNCATE notifications, events_done"))


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()
