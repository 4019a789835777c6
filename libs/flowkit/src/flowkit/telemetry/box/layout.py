"""Where things are in the file of a black box: a head that says whose it is, the slots' lengths, the slots."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Self

import msgspec
from msgspec import Meta, Struct

SLOT: Final = 2048
HEAD: Final = 4096
SAID: Final = HEAD - 1
"""The head's last byte: whether the death of its process has been said."""
_WORD: Final = 4
_MAGIC: Final = b"flow black box 1\n"
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class Foreign(Exception):
    """It is no black box, or a damaged one."""


class Owner(Struct, frozen=True):
    """The process that writes it, as it tells of itself; `boot` is the machine's start that it lived in."""

    resource: dict[str, str]
    pid: int
    boot: str
    slots: Annotated[int, Meta(ge=1, le=2**20)]
    slot: Annotated[int, Meta(ge=256, le=2**20)] = SLOT


@dataclass(frozen=True, slots=True)
class Layout:
    slots: int
    slot: int = SLOT

    @classmethod
    def of(cls, owner: Owner) -> Self:
        return cls(owner.slots, owner.slot)

    @property
    def lengths(self) -> slice:
        """A word for each slot: how much of it is in use, 0 where it is free."""
        return slice(HEAD, HEAD + self.slots * _WORD)

    @property
    def size(self) -> int:
        return self.place(self.slots)

    def place(self, number: int) -> int:
        return self.lengths.stop + number * self.slot

    def word(self, number: int) -> int:
        return HEAD + number * _WORD


def this_boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def head_of(owner: Owner) -> bytes:
    """Of the resource what says who it is, where it is longer than there is room for."""
    for resource in (owner.resource, _who(owner.resource), {}):
        head = _MAGIC + msgspec.json.encode(msgspec.structs.replace(owner, resource=resource)) + b"\n"
        if len(head) <= SAID:
            return head
    raise ValueError("a head has no room for its owner")


def owner_of(head: bytes) -> Owner:
    """Raises Foreign."""
    if not head.startswith(_MAGIC):
        raise Foreign("it does not begin like one")
    try:
        return msgspec.json.decode(head[len(_MAGIC) : head.index(b"\n", len(_MAGIC))], type=Owner)
    except (ValueError, RecursionError) as fault:  # what msgspec raises is a ValueError
        raise Foreign(str(fault)) from None


def _who(resource: Mapping[str, str]) -> dict[str, str]:
    return {name: resource[name][:200] for name in ("service.name", "service.instance.id") if name in resource}
