"""What the document tells of: to anyone what clients may ask and what happens; all of it to those who build it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flowkit.contract import Consumer, Contract, Event, Notice, Participant, consumers_of
from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Scope:
    """`is_whole` adds what is between services: who asks whom, notices, dead letters and what is given again."""

    participants: Sequence[Participant]
    is_whole: bool = False

    def contracts(self) -> Iterator[tuple[Participant, Contract[Any, Any]]]:
        for who in self.participants:
            yield from ((who, each) for each in who.serves if self.is_whole or each.access.is_routable)

    def announced(self) -> Iterator[tuple[Participant, Event[Any]]]:
        for who in self.participants:
            yield from ((who, event) for event in who.announces)

    def reacted_to(self) -> Iterator[tuple[Participant, Event[Any], tuple[Consumer, ...]]]:
        for who in self.participants:
            yield from ((who, event, tuple(consumers_of(who.name, event))) for event in who.reacts_to)

    def notices(self) -> Iterator[tuple[Participant, Notice[Any], str]]:
        """With `send` for who tells it, and `receive` for who hears it."""
        for who in self.participants if self.is_whole else ():
            yield from ((who, notice, "send") for notice in who.tells)
            yield from ((who, notice, "receive") for notice in who.hears)

    def kinds(self) -> list[type[Struct]]:
        """Every payload there is, once."""
        asked = ((each.request, each.reply) for _, each in self.contracts())
        return list(
            dict.fromkeys(
                (
                    *chain.from_iterable(asked),
                    *(event.body for _, event in self.announced()),
                    *(notice.body for _, notice, _ in self.notices()),
                )
            )
        )
