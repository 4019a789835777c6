"""`python -m auth_service rotate-keys [--at-once]`: on stdout the id of the key that signs next."""

import sys
from collections.abc import Mapping, Sequence

from flowkit import postgres
from flowkit.audit import Entry
from flowkit.postgres import PostgresOptions, migrations
from flowkit.process.once import once
from flowkit.process.settings import read_or_exit

from auth_service.key_keeper import ROTATE, KeyKeeper
from auth_service.seal import Seal
from auth_service.settings import Settings
from auth_service.store.keys import StoredKeys
from auth_service.store.transaction import Transaction
from auth_service.tables import schema


def rotate_keys(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    if arguments not in ([], ["--at-once"]):
        sys.stderr.write(f"usage: python -m auth_service rotate-keys [--at-once], not {' '.join(arguments)}\n")
        return 2
    settings = read_or_exit(Settings, environ)
    return once("auth", settings, lambda: _rotate(settings, now=bool(arguments)), environ)


async def _rotate(settings: Settings, *, now: bool) -> None:
    options = PostgresOptions(settings.database_url.reveal(), application_name="auth rotate-keys")
    await migrations.apply(options, schema)
    async with postgres.connect(options, Transaction) as store:
        keeper = await KeyKeeper.open(StoredKeys(store, Seal(settings.encryption_key)), settings.rotation)
        newest, *_ = await keeper.rotate(Entry(action=ROTATE, actor_role="operator"), now=now)
    sys.stderr.write(f"signs from {newest.signs_from.isoformat(timespec='seconds')} on:\n")
    sys.stdout.write(f"{newest.kid}\n")
