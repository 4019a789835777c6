"""`python -m payment_service` serves; `python -m payment_service migrate` brings the database up to date and ends."""

import os
import sys

from contracts import payment
from flowkit.process.commands import Program
from flowkit.process.host import Host
from flowkit.process.parts import open_outbox, open_store

from payment_service.service import build_service
from payment_service.settings import Settings
from payment_service.simulated import SimulatedProvider
from payment_service.store import Transaction
from payment_service.tables import schema


async def serve(mine: Host[Settings]) -> None:
    store = await open_store(mine, schema, Transaction)
    await open_outbox(mine, payment.completed, payment.failed)
    await mine.serve(build_service(store, SimulatedProvider(mine.settings.payment_failure_share)))


if __name__ == "__main__":
    sys.exit(Program("payment", Settings, serve, schema).main(sys.argv[1:], os.environ))
