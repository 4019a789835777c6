"""`python -m admin_service [migrate | seed [--new-password]]`: serve, or bring up to date, or make the root admin."""

import os
import sys

from flowkit.process.database import migrate, open_store
from flowkit.process.hashing import open_passwords
from flowkit.process.host import Host, host
from flowkit.process.settings import read_or_exit

from admin_service.root import EMAIL, RootAdmin
from admin_service.seed import seed
from admin_service.service import build_service
from admin_service.settings import Settings
from admin_service.store import Transaction
from admin_service.tables import schema

NAME = "admin"


async def serve(process: Host[Settings]) -> None:
    store = await open_store(process, schema, Transaction)
    passwords = await open_passwords(process)
    if made_up := await RootAdmin(store, passwords, process.settings.root_password).seed():
        # Not a log line: those travel, and are kept.
        sys.stderr.write(f"The root admin was made. It signs in as {EMAIL} with {made_up} (shown this once)\n")
    await process.serve(build_service(store, passwords, process.client), {"database": store.check})


def main(arguments: list[str]) -> int:
    settings = read_or_exit(Settings, os.environ)
    match arguments:
        case []:
            return host(NAME, settings, serve, os.environ)
        case ["migrate"]:
            return migrate(NAME, settings, schema, os.environ)
        case ["seed"]:
            return seed(NAME, settings, os.environ, new_password=False)
        case ["seed", "--new-password"]:
            return seed(NAME, settings, os.environ, new_password=True)
        case _:
            usage = "usage: python -m admin_service [migrate | seed [--new-password]]"
            sys.stderr.write(f"{usage}, not {' '.join(arguments)}\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
