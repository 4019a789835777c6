"""Parts that several services open: a migrated, watched, checked database; a hashing pool."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit import postgres
from flowkit.audit import Audited, Refusals
from flowkit.audit.keeping import kept
from flowkit.contract import Event
from flowkit.outbox import Relay, Sending, relaying
from flowkit.postgres import PostgresOptions, Schema, Store
from flowkit.process.database_check import DatabaseCheck
from flowkit.process.host import Host
from flowkit.process.settings import DatabaseSettings, ServiceSettings, read_or_exit
from flowkit.security import passwords
from flowkit.security.passwords import PasswordOptions, PasswordPool
from flowkit.streams import Streams
from flowkit.telemetry import names
from flowkit.telemetry.logs import Logs, style_for


async def open_store[Settings: DatabaseSettings, Transaction](
    mine: Host[Settings], schema: Schema, transaction: Callable[[AsyncConnection], Transaction]
) -> Store[Transaction]:
    """Waits for the database, brings it up to date, opens the pool; from then on readiness depends on it.

    And waits for one that keeps what it has committed, unless any will do.
    """
    options = _options(mine.settings, mine.name)
    await postgres.migrations.apply(options, schema)
    store = await mine.open("the database", postgres.connect(options, transaction))
    kept = DatabaseCheck(store.check, lossy_allowed=mine.settings.lossy_database == "allowed")
    mine.readiness.checks["database"] = kept.check
    await kept.until_kept()
    await store.warm_up()
    mine.metrics.watch(names.POOL_SIZE, lambda: store.pool_use.size)
    mine.metrics.watch(names.POOL_IN_USE, lambda: store.pool_use.in_use)
    mine.metrics.watch(names.POOL_WAITING, lambda: store.pool_use.waiting)
    return store


async def open_audit[Settings: DatabaseSettings, Transaction: Audited](
    mine: Host[Settings], store: Store[Transaction]
) -> Refusals:
    """The audit log looked after: what is noted is written, what is too old is removed."""
    return await mine.open("the audit log", kept(store, timedelta(days=mine.settings.audit_days)))


async def open_outbox[Settings: DatabaseSettings](mine: Host[Settings], *announced: Event[Any]) -> Relay:
    """What the service's transactions publish leaves for the broker. Opened right after the store, closed right before
    it: what the last flow has published is sent as well."""
    for event in announced:
        mine.metrics.publishing(event.name)
    sending = Sending(mine.name, Streams(mine.bus), mine.tracing.tracer, mine.metrics.publishing)
    relay = await mine.open("the outbox", relaying(Relay(_options(mine.settings, f"{mine.name} relay"), sending)))
    mine.metrics.watch(names.OUTBOX_WAITING, lambda: relay.waiting)
    mine.metrics.watch(names.OUTBOX_OLDEST, lambda: relay.oldest)
    mine.metrics.watch(names.OUTBOX_HELD, lambda: relay.held)
    return relay


async def open_hashing[Settings: ServiceSettings](mine: Host[Settings], options: PasswordOptions) -> PasswordPool:
    hashing = await mine.open("the hashing pool", passwords.pool(options))
    mine.metrics.watch(names.HASHING_RUNNING, lambda: hashing.running)
    mine.metrics.watch(names.HASHING_WAITING, lambda: hashing.waiting)
    mine.metrics.watch(names.PASSWORDS_HASHED, lambda: hashing.hashed)
    return hashing


def migrate(name: str, schema: Schema, environ: Mapping[str, str]) -> int:
    """The command: bring the database up to date and end."""
    settings = read_or_exit(DatabaseSettings, environ)
    with Logs(name, level=settings.log_level, style=style_for(settings.log_format, environ)):
        asyncio.run(postgres.migrations.apply(_options(settings, name), schema))
    return 0


def _options(settings: DatabaseSettings, name: str) -> PostgresOptions:
    url = settings.database_url.reveal()
    return PostgresOptions(url=url, application_name=name, pool_size=settings.connections)
