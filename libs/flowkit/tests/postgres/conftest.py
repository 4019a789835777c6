from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
from flowkit import postgres
from flowkit.postgres import PostgresOptions
from flowkit.servers import PostgresServer

from .notes import Notes, NoteStore


@pytest.fixture(scope="session")
def server(postgres_server: PostgresServer) -> PostgresServer:
    return postgres_server


@pytest.fixture
async def url(server: PostgresServer) -> AsyncGenerator[str]:
    name = f"notes_{uuid4().hex}"
    yield await server.create_database(name)
    await server.drop_database(name)


@pytest.fixture
async def store(url: str) -> AsyncGenerator[NoteStore]:
    async with postgres.connect(PostgresOptions(url), Notes) as store:
        async with store.transaction() as tx:
            await tx.run("CREATE TABLE notes (id int CONSTRAINT notes_id PRIMARY KEY, note text)")
        yield store
