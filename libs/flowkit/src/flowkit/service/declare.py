"""What a service is made of: `Service("order", [serve(order.get, GetOrder(...)), on(payment.completed, ...)])`."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from msgspec import Struct

from flowkit.call import Call
from flowkit.contract import Contract, Event

# ADR-32 takes no other names.
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


class Flow[Request: Struct, Reply: Struct](Protocol):
    """The code that answers a contract: dependencies are its fields, `run` is the story."""

    async def run(self, request: Request, call: Call, /) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Serving:
    """A contract and the flow that answers it; their types were checked where `serve` paired them."""

    contract: Contract[Any, Any]
    flow: Flow[Any, Any]


def serve[Request: Struct, Reply: Struct](contract: Contract[Request, Reply], flow: Flow[Request, Reply]) -> Serving:
    return Serving(contract, flow)


class Reaction[Body: Struct, Transaction](Protocol):
    """What a service does when something has happened. It is all done in `tx`, with which the event counts as done."""

    async def run(self, event: Body, call: Call, tx: Transaction, /) -> None: ...


class Marking(Protocol):
    """A transaction in which an event is acted on."""

    async def mark_done(self, consumer: str, event_id: str) -> bool:
        """Whether it was not done before; kept if and only if this transaction is."""
        ...

    async def forget_done(self, older_than: timedelta, most: int) -> int:
        """How many marks went; so many at most, so that nobody waits behind it."""
        ...


class Transactions[Transaction](Protocol):
    @property
    def transaction(self) -> Callable[[], AbstractAsyncContextManager[Transaction]]: ...


@dataclass(frozen=True, slots=True)
class Reacting:
    """An event, what is done about it, and where; their types were checked where `on` put them together."""

    event: Event[Any]
    reaction: Reaction[Any, Any]
    store: Transactions[Any]


def on[Body: Struct, Transaction: Marking](
    event: Event[Body], reaction: Reaction[Body, Transaction], store: Transactions[Transaction]
) -> Reacting:
    return Reacting(event, reaction, store)


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    declared: Sequence[Serving | Reacting]
    version: str = "0.1.0"
    callers: Mapping[str, Collection[str]] | None = None
    """By subject, the names of those whose requests are answered; None where it is everybody."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"A service's name is made of letters, digits, - and _; got {self.name!r}")
        subjects = Counter(serving.contract.subject for serving in self.flows)
        if twice := [subject for subject, count in subjects.items() if count > 1]:
            raise ValueError(f"{self.name} serves these subjects twice: {', '.join(twice)}")
        events = Counter(reacting.event.subject for reacting in self.reactions)
        if twice := [subject for subject, count in events.items() if count > 1]:
            raise ValueError(f"{self.name} reacts to these twice, which one reaction should do: {', '.join(twice)}")

    @property
    def flows(self) -> tuple[Serving, ...]:
        return tuple(each for each in self.declared if isinstance(each, Serving))

    @property
    def reactions(self) -> tuple[Reacting, ...]:
        return tuple(each for each in self.declared if isinstance(each, Reacting))

    @property
    def has_work(self) -> bool:
        """Whether it does more than tell how it is."""
        return bool(self.reactions) or any(not serving.contract.is_probe for serving in self.flows)
