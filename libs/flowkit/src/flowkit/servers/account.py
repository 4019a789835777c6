"""The unprivileged user a server runs as when we are root, since PostgreSQL refuses to be root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Self

UNPRIVILEGED = "nobody"
OWNERS, GROUPS, EVERYONES = 0o100, 0o010, 0o001


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @classmethod
    def when_root(cls, data: Path) -> Self | None:
        """None for an ordinary user, who is itself; else the owner of `data`, or a user without rights for new data."""
        if os.geteuid() != 0:
            return None
        if data.exists() and (owner := data.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        entry = pwd.getpwnam(UNPRIVILEGED)
        return cls(entry.pw_uid, entry.pw_gid)

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}"

    def give(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether it may pass through every folder down to `path`, and into it."""
        resolved = path.resolve()
        return all(self._may_pass(folder.stat()) for folder in [resolved, *resolved.parents])

    def _may_pass(self, folder: os.stat_result) -> bool:
        if folder.st_uid == self.uid:
            return bool(folder.st_mode & OWNERS)
        return bool(folder.st_mode & (GROUPS if folder.st_gid == self.gid else EVERYONES))
