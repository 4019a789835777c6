"""`python -m order_service` serves; `python -m order_service migrate` brings the database up to date and ends."""

import os
import sys

from contracts import order
from flowkit.postgres.ledger import PostgresLedger
from flowkit.process.commands import Program
from flowkit.process.host import Host
from flowkit.process.parts import open_outbox, open_store

from order_service.service import build_service
from order_service.settings import Settings
from order_service.store import Transaction
from order_service.tables import schema


async def serve(mine: Host[Settings]) -> None:
    store = await open_store(mine, schema, Transaction)
    await open_outbox(mine, order.created)
    await mine.serve(build_service(store), ledger=PostgresLedger(store))


if __name__ == "__main__":
    sys.exit(Program("order", Settings, serve, schema).main(sys.argv[1:], os.environ))
