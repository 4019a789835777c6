"""Customers in a dictionary; test_store.py holds it to what PostgreSQL does."""

import copy
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from contracts.customer import Changes, Customer, EmailTaken, NewCustomer
from customer_service.ports import Account
from flowkit.call import Call
from flowkit.testing.audit import FakeAudit
from flowkit.testing.events import FakeEvents
from msgspec import UNSET, Struct


@dataclass(slots=True)
class FakeStore(FakeAudit, FakeEvents):
    customers: dict[str, Customer] = field(default_factory=dict[str, Customer])
    hashes: dict[str, str] = field(default_factory=dict[str, str])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    kept: list[Struct] = field(default_factory=list[Struct])
    forgotten: list[str] = field(default_factory=list[str])

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["FakeStore"]:
        before = copy.copy(self.customers), copy.copy(self.hashes), copy.copy(self.versions), [*self.recorded]
        try:
            with self.all_or_nothing():
                yield self
        except BaseException:
            self.customers, self.hashes, self.versions, self.recorded = before
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["FakeStore"]:
        yield self

    async def is_taken(self, email: str) -> bool:
        return self._of(email) is not None

    async def account_of(self, email: str) -> Account | None:
        customer = self._of(email)
        return None if customer is None else await self.account_by_id(customer.id)

    async def account_by_id(self, id_: str) -> Account | None:
        customer = self.customers.get(id_)
        if customer is None:
            return None
        disabled, version = customer.status == "disabled", self.versions.get(id_, 0)
        return Account(customer.id, customer.email, self.hashes[id_], disabled, version)

    async def still_stands(self, account: Account) -> bool:
        now = await self.account_by_id(account.id)
        return now is not None and now.access_version == account.access_version and not now.disabled

    async def set_password(self, account: Account, password_hash: str) -> bool:
        now = await self.account_by_id(account.id)
        if now is None or now.access_version != account.access_version:
            return False
        self.hashes[account.id] = password_hash
        self.versions[account.id] = account.access_version + 1
        return True

    async def set_disabled(self, id_: str, *, disabled: bool) -> bool:
        if id_ not in self.customers:
            return False
        status = "disabled" if disabled else UNSET
        self.customers[id_] = msgspec.structs.replace(self.customers[id_], status=status)
        self.versions[id_] = self.versions.get(id_, 0) + 1
        return True

    async def replace_hash(self, account: Account, new: str) -> None:
        if self.hashes.get(account.id) == account.password_hash:
            self.hashes[account.id] = new

    async def add(self, newcomer: NewCustomer, password_hash: str) -> str:
        if await self.is_taken(newcomer.email):
            raise EmailTaken
        id_, now = str(uuid4()), datetime.now(UTC)
        self.customers[id_] = Customer(
            id=id_,
            email=newcomer.email,
            first_name=newcomer.first_name,
            last_name=newcomer.last_name,
            created_at=now,
            updated_at=now,
        )
        self.hashes[id_] = password_hash
        return id_

    async def keep(self, answer: Struct, call: Call) -> None:
        self.kept.append(answer)

    async def find(self, id_: str) -> Customer | None:
        return self.customers.get(id_)

    async def change(self, changes: Changes) -> Customer | None:
        customer = self.customers.get(changes.id)
        given = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
        if customer is None or len(given) == 1:
            return customer
        holder = None if changes.email is UNSET else self._of(changes.email)
        if holder is not None and holder.id != changes.id:
            raise EmailTaken
        self.customers[changes.id] = msgspec.structs.replace(customer, **given, updated_at=datetime.now(UTC))
        return self.customers[changes.id]

    async def remove(self, id_: str) -> str | None:
        self.hashes.pop(id_, None)
        removed = self.customers.pop(id_, None)
        return None if removed is None else removed.email

    async def forget_logins(self, email: str) -> None:
        self.forgotten.append(email)

    async def page(self, page: int, limit: int) -> Sequence[Customer]:
        ordered = sorted(self.customers.values(), key=lambda each: (each.created_at, each.id))
        return ordered[(page - 1) * limit : page * limit]

    async def count(self) -> int:
        return len(self.customers)

    def _of(self, email: str) -> Customer | None:
        return next((each for each in self.customers.values() if each.email.lower() == email.lower()), None)
