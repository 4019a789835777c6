"""`flow migrate`: bring the databases to the shape their services expect."""

import os

from flowctl.cluster import SERVICES, ServiceSpec
from flowctl.cluster_at_hand import database_urls
from flowctl.commands.service_program import run
from flowctl.failure import Failure


def migrate(service: str | None = None, /) -> None:
    """Apply the migrations of every service, or of one.

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
    for spec, url in _databases(chosen).items():
        run(spec.module, "migrate", DATABASE_URL=url)


def _databases(chosen: list[ServiceSpec]) -> dict[ServiceSpec, str]:
    given = os.environ.get("DATABASE_URL")
    if given is None:
        urls = database_urls()
        return {spec: urls[spec.name] for spec in chosen}
    if len(chosen) > 1:
        raise Failure("DATABASE_URL is one service's: say which, `flow migrate admin`")
    return {chosen[0]: given}
