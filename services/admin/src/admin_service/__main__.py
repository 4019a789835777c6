"""`python -m admin_service` serves; with `migrate` or `seed [--new-password]` it does that and ends."""

import os
import sys

from flowkit.postgres.ledger import PostgresLedger
from flowkit.process.commands import Program
from flowkit.process.host import Host
from flowkit.process.logins import open_signing_in
from flowkit.process.parts import open_audit, open_hashing, open_store

from admin_service.root import EMAIL, RootAdmin
from admin_service.seed import seed
from admin_service.service import build_service
from admin_service.settings import Settings
from admin_service.store import Transaction
from admin_service.tables import schema


async def serve(mine: Host[Settings]) -> None:
    store = await open_store(mine, schema, Transaction)
    passwords = await open_hashing(mine, mine.settings.hashing)
    signing_in = await open_signing_in(mine, store, passwords)
    if made_up := await RootAdmin(store, passwords, mine.settings.root_password).seed():
        # Not a log line: those travel, and are kept.
        sys.stderr.write(f"The root admin was made. It signs in as {EMAIL} with {made_up} (shown this once)\n")
    service = build_service(store, passwords, signing_in, mine.client, await open_audit(mine, store))
    await mine.serve(service, ledger=PostgresLedger(store))


if __name__ == "__main__":
    sys.exit(Program("admin", Settings, serve, schema, {"seed": seed}).main(sys.argv[1:], os.environ))
