"""`python -m customer_service` serves; `python -m customer_service migrate` brings the database up to date and ends."""

import os
import sys

from flowkit.process.database import migrate, open_store
from flowkit.process.hashing import open_passwords
from flowkit.process.host import Host, host
from flowkit.process.settings import read_or_exit

from customer_service.service import build_service
from customer_service.settings import Settings
from customer_service.store import Transaction
from customer_service.tables import schema

NAME = "customer"


async def serve(process: Host[Settings]) -> None:
    store = await open_store(process, schema, Transaction)
    passwords = await open_passwords(process)
    await process.serve(build_service(store, passwords, process.client), {"database": store.check})


def main(arguments: list[str]) -> int:
    settings = read_or_exit(Settings, os.environ)
    match arguments:
        case []:
            return host(NAME, settings, serve, os.environ)
        case ["migrate"]:
            return migrate(NAME, settings, schema, os.environ)
        case _:
            sys.stderr.write(f"usage: python -m customer_service [migrate], not {' '.join(arguments)}\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
