"""`python -m customer_service` serves; `python -m customer_service migrate` brings the database up to date and ends."""

import os
import sys

from contracts import customer
from flowkit.postgres.ledger import PostgresLedger
from flowkit.process.commands import Program
from flowkit.process.host import Host
from flowkit.process.logins import open_signing_in
from flowkit.process.parts import open_audit, open_hashing, open_outbox, open_store

from customer_service.service import build_service
from customer_service.settings import Settings
from customer_service.store import Transaction
from customer_service.tables import schema


async def serve(mine: Host[Settings]) -> None:
    store = await open_store(mine, schema, Transaction)
    await open_outbox(mine, customer.registered)
    passwords = await open_hashing(mine, mine.settings.hashing)
    signing_in = await open_signing_in(mine, store, passwords)
    service = build_service(store, passwords, signing_in, mine.client, await open_audit(mine, store))
    await mine.serve(service, ledger=PostgresLedger(store))


if __name__ == "__main__":
    sys.exit(Program("customer", Settings, serve, schema).main(sys.argv[1:], os.environ))
