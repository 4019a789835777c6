"""Admins in a dictionary; test_store.py holds it to what PostgreSQL does."""

import copy
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from admin_service.ports import Account
from contracts.admin import Admin, EmailTaken
from flowkit.call import Call
from flowkit.testing.audit import FakeAudit
from msgspec import UNSET, Struct


@dataclass(slots=True)
class FakeStore(FakeAudit):
    admins: dict[str, Admin] = field(default_factory=dict[str, Admin])
    hashes: dict[str, str] = field(default_factory=dict[str, str])
    makers: dict[str, str] = field(default_factory=dict[str, str])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    kept: list[Struct] = field(default_factory=list[Struct])

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["FakeStore"]:
        before = copy.copy(self.admins), copy.copy(self.hashes), copy.copy(self.versions)
        makers, recorded = copy.copy(self.makers), [*self.recorded]
        try:
            yield self
        except BaseException:
            self.admins, self.hashes, self.versions = before
            self.makers, self.recorded = makers, recorded
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["FakeStore"]:
        yield self

    async def is_taken(self, email: str) -> bool:
        return self._of(email) is not None

    async def account_of(self, email: str) -> Account | None:
        admin = self._of(email)
        return None if admin is None else await self.account_by_id(admin.id)

    async def account_by_id(self, id_: str) -> Account | None:
        admin = self.admins.get(id_)
        if admin is None:
            return None
        disabled, version = admin.status == "disabled", self.versions.get(id_, 0)
        return Account(admin.id, admin.email, self.hashes[id_], admin.root, disabled, version)

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
        if id_ not in self.admins:
            return False
        status = "disabled" if disabled else UNSET
        self.admins[id_] = msgspec.structs.replace(self.admins[id_], status=status)
        self.versions[id_] = self.versions.get(id_, 0) + 1
        return True

    async def replace_hash(self, account: Account, new: str) -> None:
        if self.hashes.get(account.id) == account.password_hash:
            self.hashes[account.id] = new

    async def add(self, email: str, password_hash: str, created_by: str) -> str:
        if await self.is_taken(email):
            raise EmailTaken
        id_ = self._add(email, password_hash, root=False)
        self.makers[id_] = created_by
        return id_

    async def keep(self, answer: Struct, call: Call) -> None:
        self.kept.append(answer)

    async def page(self, page: int, limit: int) -> Sequence[Admin]:
        ordered = sorted(self.admins.values(), key=lambda each: (each.created_at, each.id))
        return ordered[(page - 1) * limit : page * limit]

    async def count(self) -> int:
        return len(self.admins)

    async def has_root(self) -> bool:
        return any(each.root for each in self.admins.values())

    async def add_root(self, email: str, password_hash: str) -> bool:
        if await self.has_root() or await self.is_taken(email):
            return False
        self._add(email, password_hash, root=True)
        return True

    async def set_root_hash(self, password_hash: str) -> None:
        self.hashes |= {each.id: password_hash for each in self.admins.values() if each.root}

    def _add(self, email: str, password_hash: str, *, root: bool) -> str:
        id_ = str(uuid4())
        self.admins[id_] = Admin(id=id_, email=email, root=root, created_at=datetime.now(UTC))
        self.hashes[id_] = password_hash
        return id_

    def _of(self, email: str) -> Admin | None:
        return next((each for each in self.admins.values() if each.email.lower() == email.lower()), None)
