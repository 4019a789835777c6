"""A test's own bus and its own database, whoever ran before it."""

import pytest
from flowkit.bus import NoResponders
from flowkit.bus.nats import NatsBus
from flowkit.servers import PostgresServer

from .sql import run


@pytest.mark.parametrize("turn", [1, 2])
async def test_no_test_hears_of_anothers_subscriptions(bus: NatsBus, turn: int) -> None:
    with pytest.raises(NoResponders):
        await bus.request("shared", b"", within=5)

    await bus.subscribe("shared", lambda _: None)
    await bus.flush(within=5)


@pytest.mark.parametrize("turn", [1, 2])
async def test_no_test_sees_anothers_tables(database_url: str, turn: int) -> None:
    assert await run(database_url, "SELECT to_regclass('shared') IS NULL")
    await run(database_url, "CREATE TABLE shared (id int)")


async def test_a_database_is_gone_with_its_test(postgres_server: PostgresServer) -> None:
    left = await run(postgres_server.url, "SELECT count(*) FROM pg_database WHERE datname LIKE 'test!_%' ESCAPE '!'")
    assert left == 0
