import asyncio
from pathlib import Path

import pytest
from flowkit import postgres
from flowkit.postgres import PostgresOptions, Schema, migrations
from sqlalchemy import Column, Integer, MetaData, Table, Text

from .notes import Notes, NoteStore

FIRST = """
from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None

def upgrade() -> None:
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("note", sa.Text))
    op.execute("SELECT pg_sleep(0.1)")
    op.execute("INSERT INTO notes VALUES (1, 'made by the migration')")
"""
BROKEN = """
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade() -> None:
    op.execute("INSERT INTO notes VALUES (2, 'half done')")
    op.execute("SELECT 1 / 0")
"""


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "0001_notes.py").write_text(FIRST)
    metadata = MetaData()
    Table("notes", metadata, Column("id", Integer, primary_key=True), Column("note", Text))
    return Schema(metadata, tmp_path)


async def take_the_turn(store: NoteStore, taken: asyncio.Event) -> None:
    async with store.transaction() as tx:
        await tx.run(f"SELECT pg_advisory_lock({migrations.LOCK})")
        taken.set()
        await asyncio.Event().wait()


async def notes(url: str) -> list[str]:
    async with postgres.connect(PostgresOptions(url), Notes) as store, store.transaction() as tx:
        return await tx.all()


async def test_instances_that_start_together_migrate_once(url: str, schema: Schema) -> None:
    await asyncio.gather(*(migrations.apply(PostgresOptions(url), schema) for _ in range(4)))
    assert await notes(url) == ["made by the migration"]


async def test_tables_and_migrations_that_agree_show_no_drift(url: str, schema: Schema) -> None:
    await migrations.apply(PostgresOptions(url), schema)
    assert await migrations.drift(PostgresOptions(url), schema) == []


async def test_a_column_that_no_migration_makes_is_drift(url: str, schema: Schema) -> None:
    await migrations.apply(PostgresOptions(url), schema)
    schema.metadata.tables["notes"].append_column(Column("forgotten", Text))
    assert "forgotten" in str(await migrations.drift(PostgresOptions(url), schema))


async def test_a_migration_that_fails_leaves_nothing_of_itself(url: str, schema: Schema) -> None:
    (schema.migrations / "versions" / "0002_broken.py").write_text(BROKEN)
    with pytest.raises(Exception, match="Invalid input"):
        await migrations.apply(PostgresOptions(url), schema)
    assert await notes(url) == ["made by the migration"]


async def test_a_database_newer_than_the_service_is_left_alone(url: str, schema: Schema) -> None:
    await migrations.apply(PostgresOptions(url), schema)
    (schema.migrations / "versions" / "0001_notes.py").write_text(FIRST.replace('"0001"', '"0000"'))
    await migrations.apply(PostgresOptions(url), schema)
    assert await notes(url) == ["made by the migration"]


async def test_the_turn_of_an_instance_that_vanished_passes_on(url: str, schema: Schema) -> None:
    async with postgres.connect(PostgresOptions(url), Notes) as store:
        vanishing = asyncio.create_task(take_the_turn(store, taken := asyncio.Event()))
        await taken.wait()
        migrating = asyncio.create_task(migrations.apply(PostgresOptions(url), schema))
        await asyncio.sleep(0.3)
        assert not migrating.done()
        vanishing.cancel()
        await asyncio.wait_for(migrating, 30)
