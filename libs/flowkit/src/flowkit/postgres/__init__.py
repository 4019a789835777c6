"""PostgreSQL: a pool that survives its server, transactions, faults in the words of a contract, migrations."""

from flowkit.postgres import migrations
from flowkit.postgres.errors import Taken
from flowkit.postgres.listener import Listener
from flowkit.postgres.lossiness import LOST_WITHOUT
from flowkit.postgres.migrations import Schema
from flowkit.postgres.options import PostgresOptions
from flowkit.postgres.store import PoolUse, Store, connect
from flowkit.postgres.told import tell_once_committed

__all__ = [
    "LOST_WITHOUT",
    "Listener",
    "PoolUse",
    "PostgresOptions",
    "Schema",
    "Store",
    "Taken",
    "connect",
    "migrations",
    "tell_once_committed",
]
