"""An event: something that happened, kept until everyone who cares has acted on it."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

PARTITIONS: Final = 8
"""Events of one key share one; what is ordered is read a partition at a time. Another number is another stream."""


@dataclass(frozen=True, slots=True)
class Event[Body: Struct]:
    """`name` is its service and a past participle, such as customer.registered; `key` says what it is about.

    Events of one key are stored in the order their transactions were committed; where it is `ordered`, whoever reacts
    is also given the next of a key only after it is done with the one before. A body that no longer fits is another
    `version`, told beside the old one until nobody reacts to that any more.
    """

    name: str
    body: type[Body]
    key: Callable[[Body], str]
    version: int = 1
    ordered: bool = False

    @property
    def subject(self) -> str:
        """A partition is added where it is told; templates and names end here."""
        return f"event.{self.name}.v{self.version}"

    def subject_of(self, body: Body) -> str:
        return f"{self.subject}.{partition_of(self.key(body))}"


def partition_of(key: str) -> int:
    return zlib.crc32(key.encode()) % PARTITIONS
