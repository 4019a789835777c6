"""A database migrated once, and a copy of it for each test."""

from collections.abc import AsyncGenerator

import pytest
from flowkit.servers import PostgresServer
from flowkit.testing.fixtures import DATABASE_USER

from .sql import run


@pytest.fixture(scope="module")
async def database_template(postgres_server: PostgresServer) -> AsyncGenerator[str]:
    url = await postgres_server.create_database("pattern", DATABASE_USER)
    await run(url, "CREATE TABLE notes (id int)")
    yield "pattern"
    await postgres_server.drop_database("pattern")


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_has_a_copy_to_write_to(database_url: str, turn: int) -> None:
    await run(database_url, "INSERT INTO notes VALUES (1)")
    assert await run(database_url, "SELECT count(*) FROM notes") == 1
