"""What auth needs from outside itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from flowkit.audit import Entry


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key: 32 raw bytes of Ed25519 under a key id, and from when on it is the one to sign with."""

    kid: str
    private_key: bytes = field(repr=False)
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of the stored keys, and what the audit log tells of it."""

    add: StoredKey | None = None
    drop: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return self.add is not None or bool(self.drop)


type Decide = Callable[[Sequence[StoredKey], datetime], Change]
"""Of the keys there are and the database's own time."""


class KeyStore(Protocol):
    async def all(self) -> Sequence[StoredKey]:
        """Every stored key, the newest first."""
        ...

    async def change(self, decide: Decide) -> Sequence[StoredKey]:
        """What is there after the change; of several that are decided at once, each sees what the one before did."""
        ...
