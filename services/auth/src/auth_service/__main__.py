"""`python -m auth_service` serves; `python -m auth_service migrate` brings the database up to date and ends."""

import os
import sys
from datetime import timedelta

from flowkit.process.commands import Program
from flowkit.process.host import Host
from flowkit.process.parts import open_store
from flowkit.security.identity import IdentityVerifier
from flowkit.security.tokens import PublicKeys

from auth_service.keyring import Keyring
from auth_service.service import build_service
from auth_service.settings import Settings
from auth_service.store import StoredKeys, Transaction
from auth_service.tables import schema


async def serve(mine: Host[Settings]) -> None:
    store = await open_store(mine, schema, Transaction)
    keyring = await Keyring.load(StoredKeys(store))
    service = build_service(
        keyring,
        token_lifetime=timedelta(seconds=mine.settings.token_lifetime_s),
        identity_lifetime=timedelta(seconds=mine.settings.identity_lifetime_s),
    )

    async def own_keys() -> PublicKeys:
        return keyring.public

    await mine.serve(service, verifier=IdentityVerifier(own_keys))


if __name__ == "__main__":
    sys.exit(Program("auth", Settings, serve, schema).main(sys.argv[1:], os.environ))
