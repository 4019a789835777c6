"""Admins in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from contracts.admin import Admin, EmailTaken
from flowkit.audit import Audited
from flowkit.call import Call
from flowkit.postgres import Taken, ledger
from msgspec import UNSET, Struct
from sqlalchemy import ColumnElement, Integer, Row, and_, bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from admin_service.ports import Account
from admin_service.tables import admins

# Built once: a statement costs more to put together than to send.
_PAGE = (
    select(admins.c.id, admins.c.email, admins.c.root, admins.c.created_at, admins.c.disabled)
    .order_by(admins.c.created_at, admins.c.id)
    .offset(bindparam("skipped", type_=Integer))
    .limit(bindparam("limit", type_=Integer))
)
_COUNT = select(func.count()).select_from(admins)

_ACCOUNT = select(
    admins.c.id, admins.c.email, admins.c.password_hash, admins.c.root, admins.c.disabled, admins.c.access_version
)
_ACCESS_CHANGED = {"access_version": admins.c.access_version + 1}


class Transaction(Audited):
    __slots__ = ()

    async def is_taken(self, email: str) -> bool:
        return bool(await self.connection.scalar(select(exists().where(_has(email)))))

    async def account_of(self, email: str) -> Account | None:
        return await self._account(_has(email))

    async def account_by_id(self, id_: str) -> Account | None:
        return await self._account(admins.c.id == id_)

    async def still_stands(self, account: Account) -> bool:
        # Shared: what would end its access waits until this transaction has, and then ends what this has opened.
        same = select(admins.c.id).where(_unchanged(account), ~admins.c.disabled).with_for_update(read=True)
        return await self.connection.scalar(same) is not None

    async def set_password(self, account: Account, password_hash: str) -> bool:
        changed = update(admins).where(_unchanged(account)).values(password_hash=password_hash, **_ACCESS_CHANGED)
        return (await self.connection.execute(changed)).rowcount > 0

    async def set_disabled(self, id_: str, *, disabled: bool) -> bool:
        changed = update(admins).where(admins.c.id == id_).values(disabled=disabled, **_ACCESS_CHANGED)
        return (await self.connection.execute(changed)).rowcount > 0

    async def replace_hash(self, account: Account, new: str) -> None:
        unchanged = (admins.c.id == account.id) & (admins.c.password_hash == account.password_hash)
        await self.connection.execute(update(admins).where(unchanged).values(password_hash=new))

    async def add(self, email: str, password_hash: str, created_by: str) -> str:
        statement = insert(admins).values(email=email, password_hash=password_hash, created_by=created_by)
        try:
            return str(await self.connection.scalar(statement.returning(admins.c.id)))
        except Taken as taken:
            raise EmailTaken from taken

    async def keep(self, answer: Struct, call: Call) -> None:
        await ledger.keep(self.connection, call.receipt, answer)

    async def page(self, page: int, limit: int) -> Sequence[Admin]:
        rows = await self.connection.execute(_PAGE, {"skipped": (page - 1) * limit, "limit": limit})
        return [_admin(row) for row in rows]

    async def count(self) -> int:
        return int(await self.connection.scalar(_COUNT) or 0)

    async def has_root(self) -> bool:
        return bool(await self.connection.scalar(select(exists().where(admins.c.root))))

    async def add_root(self, email: str, password_hash: str) -> bool:
        statement = insert(admins).values(email=email, password_hash=password_hash, root=True)
        made = await self.connection.scalar(statement.on_conflict_do_nothing().returning(admins.c.id))
        return made is not None

    async def set_root_hash(self, password_hash: str) -> None:
        await self.connection.execute(
            update(admins).where(admins.c.root).values(password_hash=password_hash, **_ACCESS_CHANGED)
        )

    async def _account(self, which: ColumnElement[bool]) -> Account | None:
        row = (await self.connection.execute(_ACCOUNT.where(which))).one_or_none()
        return (
            None
            if row is None
            else Account(row.id, row.email, row.password_hash, row.root, row.disabled, row.access_version)
        )


def _unchanged(account: Account) -> ColumnElement[bool]:
    return and_(admins.c.id == account.id, admins.c.access_version == account.access_version)


def _has(email: str) -> ColumnElement[bool]:
    return func.lower(admins.c.email) == func.lower(email)


def _admin(row: Row[*tuple[Any, ...]]) -> Admin:
    return Admin(
        id=row.id,
        email=row.email,
        root=row.root,
        created_at=row.created_at,
        status="disabled" if row.disabled else UNSET,
    )
