"""A real PostgreSQL as a child process, with a database and a role for whoever asks."""

import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar, override

from flowkit.servers.account import Account
from flowkit.servers.binaries import postgres_binaries
from flowkit.servers.child import Child
from flowkit.servers.databases import Databases
from flowkit.servers.postgres_data import DataFolder
from flowkit.servers.roots import new_home
from flowkit.servers.server import Server, bare_environment

MAX_CONNECTIONS = 200


class PostgresServer(Server):
    name: ClassVar = "postgres"
    stop_signal: ClassVar = signal.SIGINT

    def __init__(self, home: Path, *, port: int | None = None, durable: bool = True) -> None:
        super().__init__(home, port=port)
        self.data = DataFolder(home)
        self.durable = durable

    @classmethod
    @asynccontextmanager
    async def temporary(cls) -> AsyncGenerator["PostgresServer"]:
        """A server of one's own, quick because nothing is synced, gone at the end with all it stored."""
        home = temporary_home()
        server = cls(home, durable=False)
        try:
            await server.start()
            yield server
        finally:
            await server.stop()
            shutil.rmtree(home)

    @property
    @override
    def url(self) -> str:
        """The superuser's."""
        return self._databases.url("postgres", "postgres", self.data.password())

    async def create_database(
        self, name: str, user: str | None = None, password: str | None = None, *, template: str | None = None
    ) -> str:
        """A database only `user` (its namesake unless told) may use, as its owner; its URL, the same each time."""
        return await self._databases.create(name, user or name, password, template)

    async def drop_database(self, name: str) -> None:
        """Gone, whoever is connected to it."""
        await self._databases.drop(name)

    @property
    def _databases(self) -> Databases:
        return Databases(self.port, self.data.password())

    @property
    def _account(self) -> Account | None:
        return Account.when_root(self.data.path)

    @override
    async def _prepare(self) -> None:
        await self.data.prepare(self._account, bare_environment(), self.log, durable=self.durable)

    @override
    async def _spawn(self) -> Child:
        account = self._account
        command = [str(postgres_binaries(account).postgres), "-D", str(self.data.path), *self._settings()]
        # SIGINT is its quick and clean stop: open transactions are rolled back, nothing is left to recover.
        return await Child.spawn(
            command, environ=bare_environment(), log=self.log, account=account, death_signal=signal.SIGINT
        )

    @override
    async def _is_ready(self) -> bool:
        return self.data.is_ready

    def _settings(self) -> list[str]:
        synced = "on" if self.durable else "off"
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": MAX_CONNECTIONS,
            # Without them a power cut is not survived; a kill still is, so what a test committed stays.
            "fsync": synced,
            "full_page_writes": synced,
            "log_min_messages": "warning",
            # Without the detail of an error, which repeats what was stored: emails.
            "log_error_verbosity": "terse",
            "log_checkpoints": "off",
        }
        return [f"--{name}={value}" for name, value in settings.items()]


def temporary_home() -> Path:
    folder, account = Path(tempfile.gettempdir()), Account.when_root(Path("/nonexistent"))
    if account is not None and not account.can_reach(folder):
        folder = Path("/var/tmp")  # noqa: S108  a folder of its own is made in it
    return new_home(folder, "flow-postgres")
