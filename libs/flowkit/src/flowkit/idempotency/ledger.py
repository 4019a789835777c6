"""What is remembered of requests under a key, and the receipt of the one that is being carried out."""

from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from msgspec import Raw, Struct

from flowkit.contract import Conflict, FlowError
from flowkit.idempotency.key import Key
from flowkit.wire import envelope
from flowkit.wire.envelope import Success

KEPT_S = 24 * 3600.0

_encoder = msgspec.json.Encoder()


class KeyReused(Conflict):
    """Idempotency-Key was used for another request"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The right to carry a request out and to say what it came to; `claim` tells it from a later one for its key."""

    key: Key
    claim: str
    status: int = 200

    def seal(self, answer: Struct | FlowError) -> bytes:
        if isinstance(answer, FlowError):
            return self.key.seal(envelope.encode(envelope.failure(answer, [])))
        data = Raw(_encoder.encode(answer))
        return self.key.seal(envelope.encode(Success(status=self.status, data=data, trace=[])))


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The request was carried out before: its envelope, as it was kept."""

    envelope: bytes = field(repr=False)


class Ledger(Protocol):
    async def claim(self, key: Key, fingerprint: bytes, lease_s: float, status: int) -> Receipt | FirstAnswer | None:
        """
        The right to carry out a request nobody has carried out yet; the first answer of one that was; None while
        another is at it. Raises KeyReused where the key came with another payload. A claim that is not settled within
        its lease is anybody's.
        """
        ...

    async def settle(self, receipt: Receipt, answer: Struct | FlowError) -> None:
        """Keep the answer, unless it was kept with its effect."""
        ...

    async def release(self, receipt: Receipt) -> None:
        """Nothing was done: the next may try."""
        ...
