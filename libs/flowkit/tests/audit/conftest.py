from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
from flowkit import postgres
from flowkit.audit import Audited, audit_log
from flowkit.postgres import PostgresOptions, Schema, Store, migrations
from flowkit.servers import PostgresServer
from sqlalchemy import MetaData

FIRST = """
from flowkit.audit.migration import create_audit_log

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_audit_log()
"""


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    folder = tmp_path_factory.mktemp("migrations")
    (folder / "versions").mkdir()
    (folder / "versions" / "v0001.py").write_text(FIRST)
    metadata = MetaData()
    audit_log(metadata)
    return Schema(metadata, folder)


@pytest.fixture
async def url(postgres_server: PostgresServer, schema: Schema) -> AsyncGenerator[str]:
    name = f"audit_{uuid4().hex}"
    url = await postgres_server.create_database(name)
    await migrations.apply(PostgresOptions(url), schema)
    yield url
    await postgres_server.drop_database(name)


@pytest.fixture
async def store(url: str) -> AsyncGenerator[Store[Audited]]:
    async with postgres.connect(PostgresOptions(url), Audited) as store:
        yield store
