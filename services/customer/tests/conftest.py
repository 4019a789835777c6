from collections.abc import AsyncGenerator

import pytest
from customer_service.store import Transaction
from customer_service.tables import schema
from flowkit import postgres
from flowkit.postgres import PostgresOptions, Store, migrations
from flowkit.servers import PostgresServer
from sqlalchemy import text


@pytest.fixture(scope="session")
async def migrated_url(postgres_server: PostgresServer) -> str:
    url = await postgres_server.create_database("customer")
    await migrations.apply(PostgresOptions(url), schema)
    return url


@pytest.fixture
async def real_store(migrated_url: str) -> AsyncGenerator[Store[Transaction]]:
    async with postgres.connect(PostgresOptions(migrated_url), Transaction) as store:
        yield store
        async with store.transaction() as tx:
            await tx.connection.execute(text("TRUNCATE customers, login_accounts, login_sources, outbox"))
