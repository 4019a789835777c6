"""What admin needs from outside itself."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from contracts.admin import Admin
from flowkit.audit import Recording
from flowkit.call import Call
from flowkit.contract import Contract
from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Account:
    """What a login is judged by."""

    id: str
    email: str
    password_hash: str = field(repr=False)
    root: bool
    disabled: bool = False
    access_version: int = 0


class Transaction(Recording, Protocol):
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
        """False where there is no such admin."""
        ...

    async def replace_hash(self, account: Account, new: str) -> None:
        """Unless another login has replaced it already."""
        ...

    async def add(self, email: str, password_hash: str, created_by: str) -> str: ...

    async def keep(self, answer: Struct, call: Call) -> None:
        """Commit a flow's answer with its effect, for whoever asks again under the same Idempotency-Key."""
        ...

    async def page(self, page: int, limit: int) -> Sequence[Admin]:
        """In the order they were made."""
        ...

    async def count(self) -> int: ...

    async def has_root(self) -> bool: ...

    async def add_root(self, email: str, password_hash: str) -> bool:
        """False where there is one already, even one that another instance makes just now."""
        ...

    async def set_root_hash(self, password_hash: str) -> None: ...


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
