"""Notifications that waited before they were said to have waited since then."""

from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns
from uuid import uuid4

from flowkit import postgres
from flowkit.postgres import PostgresOptions, migrations
from notification_service.store import Transaction
from notification_service.tables import schema
from sqlalchemy import text

ADD = text(
    "INSERT INTO notifications (customer_id, kind, headers, created_at) "
    "VALUES (:customer, 'welcome', '{}', now() - interval '1 hour')"
)


async def test_what_waited_already_has_waited_since_it_was_put_down(database_url: str, tmp_path: Path) -> None:
    before = copytree(schema.migrations, tmp_path / "migrations", ignore=ignore_patterns("v0003*", "v0004*", "v0005*"))
    options = PostgresOptions(database_url)
    await migrations.apply(options, replace(schema, migrations=before))
    async with postgres.connect(options, Transaction) as store:
        async with store.transaction() as tx:
            await tx.connection.execute(ADD, {"customer": str(uuid4())})

        await migrations.apply(options, schema)

        async with store.transaction() as tx:
            assert 3600 <= await tx.longest_wait_s() < 7200
            (due,) = await tx.claim(1, 60.0)
    assert due.waited_s == due.age_s
