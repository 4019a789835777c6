"""A newcomer's connections are there before its first request."""

import socket

import pytest
from flowkit import postgres
from flowkit.contract import Unavailable
from flowkit.postgres import PostgresOptions

from .notes import Notes

BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'newcomer' AND state IS NOT NULL"


@pytest.mark.parametrize(("pool_size", "there"), [(10, 4), (1, 2)])
async def test_a_store_that_is_warm_dials_nothing_for_its_first_transactions(
    url: str, pool_size: int, there: int
) -> None:
    options = PostgresOptions(url, application_name="newcomer", pool_size=pool_size)
    async with postgres.connect(options, Notes) as store, postgres.connect(PostgresOptions(url), Notes) as onlooker:

        async def dialled() -> int:
            async with onlooker.transaction() as tx:
                found = await tx.connection.exec_driver_sql(BACKENDS)
                return int(found.scalar_one())

        assert await dialled() == 0

        await store.warm_up()

        assert (await dialled(), store.pool_use.in_use) == (there, 0)
        async with store.transaction() as tx:
            await tx.run("SELECT 1")
        await store.check()
        assert await dialled() == there


async def test_a_database_that_is_away_does_not_keep_its_service_from_starting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    options = PostgresOptions(f"postgresql://nobody:none@127.0.0.1:{free}/none", check_timeout=20)
    async with postgres.connect(options, Notes) as store:
        await store.warm_up()

        with pytest.raises(Unavailable):
            await store.check()
        assert store.pool_use.in_use == 0
