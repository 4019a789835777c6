"""The first administrator's password: given, or made on the first start and told once."""

import hashlib
import hmac
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from flowkit.servers import Child

from flowctl.cluster.environment import given_root_password
from flowctl.cluster.log_file import Bookmark
from flowctl.cluster.readiness import ClusterNotStarted

EMAIL = "admin@local"
MADE = "made"
MARKER = "postgres/root-admin-made"


@dataclass(frozen=True, slots=True)
class RootAdmin:
    """`marker` lies beside the data, so that new data have a new root admin; it holds no password."""

    marker: Path
    password: str | None = field(repr=False)
    is_given: bool

    @classmethod
    def of(cls, environ: Mapping[str, str], marker: Path) -> Self:
        if given := given_root_password(environ):
            return cls(marker, given, is_given=True)
        return cls(marker, None if marker.exists() else secrets.token_urlsafe(12), is_given=False)

    @property
    def is_another(self) -> bool:
        """Whether the one given is not the one the root admin has."""
        return self.is_given and self.marker.exists() and not _is_of(self.password or "", self.marker.read_text())

    def remember(self) -> None:
        if self.is_given or not self.marker.exists():
            self.marker.touch(mode=0o600)
            self.marker.write_text(_mark(self.password or "") if self.is_given else MADE)


def forget_given_password(state: Path | None) -> None:
    """The root admin has another one now, so that the one given before is to be set again when given again."""
    if state is not None and (state / MARKER).exists():
        (state / MARKER).write_text(MADE)


async def give_password(module: str, environ: Mapping[str, str], log: Path) -> None:
    """Through admin's own program, which finds the password in its environment."""
    before = Bookmark.at_the_end_of(log)
    child = await Child.spawn([sys.executable, "-m", module, "seed", "--new-password"], environ=environ, log=log)
    if await child.wait() != 0:
        raise ClusterNotStarted(module, "could not set the root admin's password", before)


def _mark(password: str, salt: bytes | None = None) -> str:
    salt = salt or secrets.token_bytes(16)
    return f"{salt.hex()} {hashlib.scrypt(password.encode(), salt=salt, n=1 << 14, r=8, p=1).hex()}"


def _is_of(password: str, mark: str) -> bool:
    if mark == MADE:
        return False
    return hmac.compare_digest(mark, _mark(password, bytes.fromhex(mark.split(maxsplit=1)[0])))
