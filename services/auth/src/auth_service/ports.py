"""What auth needs from outside itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key: 32 raw bytes of Ed25519 under a key id. A retired one verifies and signs no more."""

    kid: str
    private_key: bytes = field(repr=False)
    retired: bool = False


class KeyStore(Protocol):
    async def keep_first(self, candidate: StoredKey) -> Sequence[StoredKey]:
        """Every stored key, newest first; the candidate only if there was none, even when two start at once."""
        ...
