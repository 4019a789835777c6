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
        while self._descriptor is None:
            descriptor = self._take()
            # Its last holder may have removed it between our opening and our locking it.
            if self.file.exists() and self.file.stat().st_ino == os.fstat(descriptor).st_ino:
                self._descriptor = descriptor
            else:
                os.close(descriptor)

    def release(self) -> None:
        if self._descriptor is None:
            return
        self.file.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def _take(self) -> int:
        descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode().strip()
            os.close(descriptor)
            raise FolderInUse(self.file, holder) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return descriptor
