"""What customer needs from outside itself."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from contracts.customer import Changes, Customer, NewCustomer
from flowkit.audit import Recording
from flowkit.call import Call
from flowkit.contract import Contract
from flowkit.outbox import Publishing
from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Account:
    """What a login is judged by."""

    id: str
    email: str
    password_hash: str = field(repr=False)
    disabled: bool = False
    access_version: int = 0


class Transaction(Recording, Publishing, Protocol):
    """Emails are compared without regard to case; a taken one raises EmailTaken."""

    async def is_taken(self, email: str) -> bool: ...

    async def account_of(self, email: str) -> Account | None: ...

    async def account_by_id(self, id_: str) -> Account | None: ...

    async def still_stands(self, account: Account) -> bool:
        """Whether nothing has ended its access since it was looked up, nor will before this transaction ends."""
        ...

    async def set_password(self, account: Account, password_hash: str) -> bool:
        """False where its access has changed since it was looked up."""
        ...

    async def set_disabled(self, id_: str, *, disabled: bool) -> bool:
        """False where there is no such customer."""
        ...

    async def replace_hash(self, account: Account, new: str) -> None:
        """Unless another login has replaced it already."""
        ...

    async def add(self, newcomer: NewCustomer, password_hash: str) -> str: ...

    async def keep(self, answer: Struct, call: Call) -> None:
        """Commit a flow's answer with its effect, for whoever asks again under the same Idempotency-Key."""
        ...

    async def find(self, id_: str) -> Customer | None: ...

    async def change(self, changes: Changes) -> Customer | None: ...

    async def remove(self, id_: str) -> str | None:
        """The email they had; None where there was no such customer."""
        ...

    async def forget_logins(self, email: str) -> None:
        """Who tried to sign in as whom, and from which networks they did."""
        ...

    async def page(self, page: int, limit: int) -> Sequence[Customer]:
        """In the order they came."""
        ...

    async def count(self) -> int: ...


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
