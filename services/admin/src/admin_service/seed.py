"""`python -m admin_service seed`: on stdout the made-up password alone, what was done on stderr."""

import sys
from collections.abc import Mapping, Sequence

from flowkit import postgres
from flowkit.postgres import PostgresOptions, migrations
from flowkit.postgres.login_histories import LoginHistories
from flowkit.process.once import once
from flowkit.process.settings import read_or_exit
from flowkit.security import passwords
from flowkit.security.visitors import Visitor

from admin_service.root import EMAIL, RootAdmin
from admin_service.settings import Settings
from admin_service.store import Transaction
from admin_service.tables import schema


def seed(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    if arguments not in ([], ["--new-password"]):
        sys.stderr.write(f"usage: python -m admin_service seed [--new-password], not {' '.join(arguments)}\n")
        return 2
    settings = read_or_exit(Settings, environ)
    return once("admin", settings, lambda: _seed(settings, new_password=bool(arguments)), environ)


async def _seed(settings: Settings, *, new_password: bool) -> None:
    options = PostgresOptions(settings.database_url.reveal(), application_name="admin seed")
    await migrations.apply(options, schema)
    async with postgres.connect(options, Transaction) as store, passwords.pool(settings.hashing) as hashing:
        root = RootAdmin(store, hashing, settings.root_password)
        made_up = await (root.replace_password() if new_password else root.seed())
        if new_password:
            # Who has just chosen it should not have to wait for those who guessed at the one before.
            await LoginHistories(store).forget(Visitor.of(EMAIL, "").account)
    if made_up is None:
        sys.stderr.write(f"{EMAIL} is there; no password was made up\n")
        return
    sys.stderr.write(f"{EMAIL} now signs in with this password, shown this once:\n")
    sys.stdout.write(f"{made_up}\n")
