"""Admins in PostgreSQL."""

from collections.abc import Sequence

from contracts.admin import Admin, EmailTaken
from flowkit.audit import Audited
from flowkit.call import Call
from flowkit.postgres import Taken, ledger
from msgspec import Struct
from sqlalchemy import ColumnElement, Integer, bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from admin_service.ports import Account
from admin_service.tables import admins

# Built once: a statement costs more to put together than to send.
_PAGE = (
    select(admins.c.id, admins.c.email, admins.c.root, admins.c.created_at)
    .order_by(admins.c.created_at, admins.c.id)
    .offset(bindparam("skipped", type_=Integer))
    .limit(bindparam("limit", type_=Integer))
)
_COUNT = select(func.count()).select_from(admins)


class Transaction(Audited):
    __slots__ = ()

    async def is_taken(self, email: str) -> bool:
        return bool(await self.connection.scalar(select(exists().where(_has(email)))))

    async def account_of(self, email: str) -> Account | None:
        query = select(admins.c.id, admins.c.email, admins.c.password_hash, admins.c.root).where(_has(email))
        row = (await self.connection.execute(query)).one_or_none()
        return None if row is None else Account(row.id, row.email, row.password_hash, row.root)

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
        return [Admin(id=row.id, email=row.email, root=row.root, created_at=row.created_at) for row in rows]

    async def count(self) -> int:
        return int(await self.connection.scalar(_COUNT) or 0)

    async def has_root(self) -> bool:
        return bool(await self.connection.scalar(select(exists().where(admins.c.root))))

    async def add_root(self, email: str, password_hash: str) -> bool:
        statement = insert(admins).values(email=email, password_hash=password_hash, root=True)
        made = await self.connection.scalar(statement.on_conflict_do_nothing().returning(admins.c.id))
        return made is not None

    async def set_root_hash(self, password_hash: str) -> None:
        await self.connection.execute(update(admins).where(admins.c.root).values(password_hash=password_hash))


def _has(email: str) -> ColumnElement[bool]:
    return func.lower(admins.c.email) == func.lower(email)
