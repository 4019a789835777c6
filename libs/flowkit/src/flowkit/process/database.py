"""The database of a service: migrated, opened, measured."""

from collections.abc import Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit import postgres
from flowkit.postgres import PostgresOptions, Schema, Store, migrations
from flowkit.process.host import Host
from flowkit.process.once import once
from flowkit.process.settings import DatabaseSettings
from flowkit.telemetry import names


async def open_store[Settings: DatabaseSettings, Transaction](
    host: Host[Settings], schema: Schema, transaction: Callable[[AsyncConnection], Transaction]
) -> Store[Transaction]:
    """Waits for the database and brings it up to date. It is closed with the process."""
    options = options_of(host.name, host.settings)
    await migrations.apply(options, schema)
    store = await host.open("the database", postgres.connect(options, transaction))
    host.metrics.watch(names.POOL_SIZE, lambda: store.pool_use.size)
    host.metrics.watch(names.POOL_IN_USE, lambda: store.pool_use.in_use)
    host.metrics.watch(names.POOL_WAITING, lambda: store.pool_use.waiting)
    return store


def migrate(name: str, settings: DatabaseSettings, schema: Schema, environ: Mapping[str, str]) -> int:
    """`python -m X_service migrate`."""
    return once(name, settings, lambda: migrations.apply(options_of(name, settings), schema), environ)


def options_of(name: str, settings: DatabaseSettings) -> PostgresOptions:
    return PostgresOptions(settings.database_url.reveal(), application_name=name)
