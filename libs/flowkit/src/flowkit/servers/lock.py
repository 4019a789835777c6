"""A lock on a folder which the kernel releases when its holder dies, however it dies."""

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path


class FolderInUse(Exception):
    """Another process holds this folder."""

    def __init__(self, file: Path, holder: str) -> None:
        super().__init__(f"{file.parent} is in use by process {holder or 'unknown'}")
        self.holder = holder


@dataclass(slots=True)
class Lock:
    file: Path
    _descriptor: int | None = field(default=None, init=False)

    def take(self) -> None:
        if self._descriptor is not None:
            return
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise FolderInUse(self.file, self.file.read_text().strip()) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is None:
            return
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = None
