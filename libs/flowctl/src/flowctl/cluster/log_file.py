"""A log that never grows beyond a bound: when full it is set aside, and the one set aside before is dropped."""

from pathlib import Path
from typing import BinaryIO, Self

LARGEST = 5 << 20


class LogFile:
    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self.path = path
        self._largest = largest
        self._file = self._open()

    def write(self, data: bytes) -> None:
        if self._file.tell() + len(data) > self._largest:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            self._file = self._open()
        self._file.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _open(self) -> BinaryIO:
        self.path.touch(mode=0o600)
        return self.path.open("ab", buffering=0)
