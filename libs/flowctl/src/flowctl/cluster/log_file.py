"""A log that never grows beyond a bound: when full it is set aside, and the one set aside before is dropped."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

LARGEST = 5 << 20
TAIL = 20_000


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where a log ended when it was placed: what comes after is new."""

    path: Path
    offset: int = 0

    @classmethod
    def at_the_end_of(cls, path: Path) -> Self:
        return cls(path, path.stat().st_size if path.exists() else 0)

    def last_lines(self, most: int) -> list[str]:
        if not self.path.exists():
            return []
        written = self.path.read_bytes()
        # A log shorter than it was has been set aside since, and begun anew.
        new = written[self.offset :] if len(written) >= self.offset else written
        return new[-TAIL:].decode(errors="replace").splitlines()[-most:]


NOWHERE = Bookmark(Path(os.devnull))


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
