"""PostgreSQL's data folder: made once, 0700, with a password; what a crash left in it put right."""

import contextlib
import os
import secrets
import shutil
import signal
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flowkit.servers.account import Account
from flowkit.servers.binaries import postgres_binaries
from flowkit.servers.child import Child
from flowkit.servers.errors import ServerNotStarted
from flowkit.servers.leftovers import end_leftover, leftover

SUPERUSER = "postgres"
# The builtin provider sorts the same on every system, whatever locales it has installed.
INITDB = (
    *(f"--username={SUPERUSER}", "--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
)


@dataclass(frozen=True, slots=True)
class DataFolder:
    home: Path

    @property
    def path(self) -> Path:
        return self.home / "data"

    @property
    def is_ready(self) -> bool:
        """What PostgreSQL itself says on the last line of its pid file."""
        with contextlib.suppress(FileNotFoundError):
            return self._pid_file.read_text().strip().endswith("ready")
        return False

    def password(self) -> str:
        return (self.home / "password").read_text().strip()

    async def prepare(self, account: Account | None, environ: Mapping[str, str], log: Path, *, durable: bool) -> None:
        if account is not None and not account.can_reach(self.home):
            raise ServerNotStarted("postgres", f"runs as user {account.uid}, who cannot reach {self.home}", log)
        if not self.path.exists():
            await self._make(account, environ, log, durable=durable)
        if (old := leftover(self._pid_file, self.path)) is not None:
            await end_leftover(old, signal.SIGINT)
        self._pid_file.unlink(missing_ok=True)

    async def _make(self, account: Account | None, environ: Mapping[str, str], log: Path, *, durable: bool) -> None:
        unfinished = self.home / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._choose_password()
        with _readable_by(account, self.home / "password", self.home / "password.initdb") as password_file:
            if account is not None:
                account.give(unfinished)
            command = [str(postgres_binaries(account).initdb), f"--pgdata={unfinished}", f"--pwfile={password_file}"]
            sync = [] if durable else ["--no-sync"]
            child = await Child.spawn([*command, *INITDB, *sync], environ=environ, log=log, account=account)
            if await child.wait() != 0:
                raise ServerNotStarted("initdb", "failed", log)
        unfinished.rename(self.path)

    def _choose_password(self) -> None:
        descriptor = os.open(self.home / "password", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{secrets.token_urlsafe(24)}\n")

    @property
    def _pid_file(self) -> Path:
        return self.path / "postmaster.pid"


@contextlib.contextmanager
def _readable_by(account: Account | None, file: Path, copy: Path) -> Generator[Path]:
    """A copy for as long as the account must read what is ours."""
    if account is None:
        yield file
        return
    shutil.copy(file, copy)
    try:
        account.give(copy)
        yield copy
    finally:
        copy.unlink()
