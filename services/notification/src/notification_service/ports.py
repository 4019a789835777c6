"""What notification needs from outside itself."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from contracts.notification import Kind, Notification, Reason
from flowkit.contract import Contract
from flowkit.service import Marking
from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Due:
    """A notification that is this process's to send until its lease ends; `carried` is the trace that caused it."""

    id: str
    kind: Kind
    customer_id: str
    order_id: str | None
    attempt: int
    created_at: datetime
    age_s: float
    waited_s: float
    """Since it was written, or since it was to be sent once more."""
    carried: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What a customer is told. Where they are reached is nobody's to log."""

    notification_id: str
    kind: Kind
    customer_id: str
    written_at: datetime
    subject: str
    text: str
    email: str = field(repr=False)


class Undeliverable(Exception):
    """It will not be taken, however often it is tried."""


class NotNow(Exception):
    """This one was not taken, and may be later."""


class Doubtful(NotNow):
    """It may be this one's fault, and may be everybody's: what the others meet with tells."""


class Away(Exception):
    """Nothing can be sent to anybody at present."""


class Channel(Protocol):
    async def send(self, message: Message) -> None:
        """Returns once somebody has answered for it; raises Undeliverable, NotNow, Doubtful or Away."""
        ...


class Transaction(Marking, Protocol):
    async def add(self, kind: Kind, customer_id: str, order_id: str | None = None) -> str | None:
        """Its id; None where there is one of that kind already, of that order or of that customer."""
        ...

    async def page(self, customer_id: str, page: int, limit: int) -> Sequence[Notification]:
        """The newest first."""
        ...

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[Notification]:
        """By their ids, below the one given."""
        ...

    async def count(self, customer_id: str) -> int: ...

    async def claim(
        self, most: int, lease_s: float, besides: Collection[str] = (), *, are_new: bool = False
    ) -> Sequence[Due]:
        """Those tried least, the longest due of them, `besides` some; `are_new`: tried never. Leased to nobody else."""
        ...

    async def renew(self, ids: Sequence[str], lease_s: float) -> None: ...

    async def mark_sent(self, due: Due) -> None: ...

    async def give_up(self, due: Due, reason: Reason) -> None: ...

    async def wait_again(
        self, reasons: Collection[Reason], written_since: datetime, most: int, after: str | None = None
    ) -> Sequence[str]:
        """Which of those that were given up so wait once more, their tries counted on; so many, by their ids."""
        ...

    async def put_off(self, due: Due, seconds: float) -> None:
        """Unless somebody else has claimed it since."""
        ...

    async def prune(self, older_than: timedelta, most: int) -> int:
        """How many went of those that wait no more; so many at most, so that nobody waits behind it."""
        ...

    async def longest_wait_s(self) -> float:
        """Of whichever was waits longest; 0 where none does."""
        ...


class Store(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Transaction]: ...

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """For queries alone."""
        ...


class Flows(Protocol):
    """The flows of other services."""

    async def call[Request: Struct, Reply: Struct](
        self, contract: Contract[Request, Reply], request: Request
    ) -> Reply: ...
