"""`python -m admin_service seed`: on stdout the made-up password alone, what was done on stderr."""

import sys
from collections.abc import Mapping

from flowkit import postgres
from flowkit.postgres import migrations
from flowkit.process.database import options_of
from flowkit.process.once import once
from flowkit.security import passwords

from admin_service.root import EMAIL, RootAdmin
from admin_service.settings import Settings
from admin_service.store import Transaction
from admin_service.tables import schema


def seed(name: str, settings: Settings, environ: Mapping[str, str], *, new_password: bool) -> int:
    return once(name, settings, lambda: _seed(name, settings, new_password=new_password), environ)


async def _seed(name: str, settings: Settings, *, new_password: bool) -> None:
    options = options_of(name, settings)
    await migrations.apply(options, schema)
    async with postgres.connect(options, Transaction) as store, passwords.pool(settings.hashing) as hashing:
        root = RootAdmin(store, hashing, settings.root_password)
        made_up = await (root.replace_password() if new_password else root.seed())
    if made_up is not None:
        sys.stderr.write(f"{EMAIL} now signs in with this password, shown this once:\n")
        sys.stdout.write(f"{made_up}\n")
    else:
        sys.stderr.write(f"{EMAIL} is there; no password was made up\n")
