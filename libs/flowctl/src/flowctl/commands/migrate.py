"""`flow migrate`: bring the databases to the shape their services expect."""

import asyncio
import os
import sys

from rich.console import Console

from flowctl.cluster import SERVICES, ServiceSpec
from flowctl.cluster_at_hand import database_urls
from flowctl.failure import Failure
from flowctl.migration import Migration


async def migrate(service: str | None = None, /) -> None:
    """Apply the migrations of every service side by side, or of one.

    The databases are those of the running cluster; DATABASE_URL names another for one service.

    Parameters
    ----------
    service
        The one whose database is migrated.
    """
    chosen = [spec for spec in SERVICES if spec.has_database and service in (None, spec.name)]
    if not chosen:
        known = ", ".join(spec.name for spec in SERVICES if spec.has_database)
        raise Failure(f"no service {service} with a database; there are {known}")
    tell = Console(file=sys.stdout, highlight=False, markup=False, soft_wrap=True).print
    migrations = [Migration(spec, url, tell) for spec, url in _databases(chosen).items()]
    codes = await asyncio.gather(*(each.run() for each in migrations))
    failed = {each.spec.name: code for each, code in zip(migrations, codes, strict=True) if code}
    if failed:
        raise Failure(f"not migrated: {', '.join(failed)}", abs(next(iter(failed.values()))))


def _databases(chosen: list[ServiceSpec]) -> dict[ServiceSpec, str]:
    given = os.environ.get("DATABASE_URL")
    if given is None:
        urls = database_urls()
        return {spec: urls[spec.name] for spec in chosen}
    if len(chosen) > 1:
        raise Failure("DATABASE_URL is one service's: say which, `flow migrate admin`")
    return {chosen[0]: given}
