"""The file of a black box: ours, locked for as long as we live, or one of somebody who has died."""

import fcntl
import mmap
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

from flowkit.telemetry.box.layout import SAID, Layout, Owner, head_of

_BOX: Final = ".box"
_NEW: Final = ".new"
_IS_SAID: Final = b"\1"
# What was never given its name was left by one who died while making it.
_NEVER_FINISHED_S: Final = 60.0


class Locked(Exception):
    """Somebody lives who holds it, or it is gone."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """Named last of all: what has a name and is not locked is a dead one's."""

    path: Path
    descriptor: int
    memory: mmap.mmap

    @classmethod
    def make(cls, folder: Path, service: str, owner: Owner) -> Self:
        """Raises OSError, also where there is no room for all of it: a page that cannot be had later on is a SIGBUS."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{service}-{uuid4().hex}{_NEW}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            size = Layout.of(owner).size
            os.posix_fallocate(descriptor, 0, size)
            os.pwrite(descriptor, head_of(owner), 0)
            memory = mmap.mmap(descriptor, size)
            return cls(path.rename(path.with_suffix(_BOX)), descriptor, memory)
        except BaseException:
            path.unlink(missing_ok=True)
            os.close(descriptor)
            raise

    def remove(self) -> None:
        """Its memory stays until nobody uses it any more; nobody finds it from now on."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


@dataclass(frozen=True, slots=True)
class FoundFile:
    """Somebody else's, locked by us."""

    path: Path
    descriptor: int

    @classmethod
    def take(cls, path: Path) -> Self:
        """Raises Locked, and OSError."""
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had it may have removed it between our opening and our locking it.
            is_there = os.path.samestat(os.fstat(descriptor), path.lstat())
        except OSError as fault:
            os.close(descriptor)
            raise Locked from fault
        if not is_there:
            os.close(descriptor)
            raise Locked
        return cls(path, descriptor)

    def read(self, most: int) -> bytes:
        # A damaged head may say anything of its size.
        return os.pread(self.descriptor, min(most, os.fstat(self.descriptor).st_size), 0)

    @property
    def is_said(self) -> bool:
        return os.pread(self.descriptor, len(_IS_SAID), SAID) == _IS_SAID

    def mark_said(self) -> None:
        """It stays as old as it is. Where it cannot be marked it is said again, which stops nobody from sending it."""
        with suppress(OSError):
            was = os.fstat(self.descriptor)
            os.pwrite(self.descriptor, _IS_SAID, SAID)
            os.utime(self.descriptor, ns=(was.st_atime_ns, was.st_mtime_ns))

    def empty(self, layout: Layout, slot: int) -> None:
        os.pwrite(self.descriptor, bytes(4), layout.word(slot))

    def put_away(self) -> Path:
        """Where it is in nobody's way, and takes the place of the last one."""
        return self.path.replace(self.path.parent / f"{self.path.name.rpartition('-')[0]}.unreadable")

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def release(self) -> None:
        os.close(self.descriptor)


def boxes_in(folder: Path, service: str) -> Iterator[Path]:
    """The oldest first, the living among them."""
    yield from sorted(folder.glob(f"{service}-{'[0-9a-f]' * 32}{_BOX}"), key=_written_at)


def sweep(folder: Path, service: str) -> None:
    """Remove what was begun and never finished."""
    for path in folder.glob(f"{service}-{'[0-9a-f]' * 32}{_NEW}"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime > _NEVER_FINISHED_S:
                path.unlink()


def _written_at(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
