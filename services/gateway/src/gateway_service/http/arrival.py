"""What a request's head says, read once."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from flowkit.telemetry import names

_SHOWABLE = re.compile(rb"[\x20-\x7e]{1,128}")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))
# The colon, the blank and the line's end that came with each header.
_AROUND_A_HEADER = 4


@dataclass(frozen=True, slots=True)
class Arrival:
    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    repeated: set[bytes]
    size: int

    @classmethod
    def read(cls, method: str, path: str, query: bytes, lines: Iterable[tuple[bytes, bytes]]) -> "Arrival":
        headers: dict[bytes, bytes] = {}
        repeated: set[bytes] = set()
        size = len(path) + len(query)
        for name, value in lines:
            size += len(name) + len(value) + _AROUND_A_HEADER
            if name in headers:
                repeated.add(name)
            headers[name] = value
        return cls(method, path, query, headers, repeated, size)

    def one(self, name: bytes) -> bytes | None:
        """A header that means something only when it is given once."""
        return None if name in self.repeated else self.headers.get(name)

    @property
    def known_method(self) -> str:
        """For telemetry, where anything could stand in the place of a method."""
        return self.method if self.method in _METHODS else names.OTHER_METHOD

    @property
    def declared_length(self) -> int | None:
        # The HTTP layer has refused anything but digits, and any two that differ.
        length = self.headers.get(b"content-length")
        return None if length is None else int(length)

    @property
    def has_body(self) -> bool:
        return b"transfer-encoding" in self.headers or bool(self.declared_length)

    def request_id(self) -> str:
        """The client's own where it is short and printable, else a new one."""
        given = self.one(b"x-request-id")
        if given is not None and _SHOWABLE.fullmatch(given):
            return given.decode()
        # Not secret, only new: no system call for it.
        return f"{random.getrandbits(128):032x}"
