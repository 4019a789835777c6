"""Customers in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from contracts.customer import Changes, Customer, EmailTaken, NewCustomer
from flowkit.audit import Audited
from flowkit.call import Call
from flowkit.postgres import Taken, ledger
from msgspec import UNSET, Struct
from sqlalchemy import ColumnElement, Integer, Row, bindparam, delete, exists, func, insert, select, update

from customer_service.ports import Account
from customer_service.tables import customers

_PUBLIC = (
    customers.c.id,
    customers.c.email,
    customers.c.first_name,
    customers.c.last_name,
    customers.c.created_at,
    customers.c.updated_at,
)

# Built once: a statement costs more to put together than to send.
_ONE = select(*_PUBLIC).where(customers.c.id == bindparam("id"))
_PAGE = (
    select(*_PUBLIC)
    .order_by(customers.c.created_at, customers.c.id)
    .offset(bindparam("skipped", type_=Integer))
    .limit(bindparam("limit", type_=Integer))
)
_COUNT = select(func.count()).select_from(customers)


class Transaction(Audited):
    __slots__ = ()

    async def is_taken(self, email: str) -> bool:
        return bool(await self.connection.scalar(select(exists().where(_has(email)))))

    async def account_of(self, email: str) -> Account | None:
        query = select(customers.c.id, customers.c.email, customers.c.password_hash).where(_has(email))
        row = (await self.connection.execute(query)).one_or_none()
        return None if row is None else Account(row.id, row.email, row.password_hash)

    async def replace_hash(self, account: Account, new: str) -> None:
        unchanged = (customers.c.id == account.id) & (customers.c.password_hash == account.password_hash)
        await self.connection.execute(update(customers).where(unchanged).values(password_hash=new))

    async def add(self, newcomer: NewCustomer, password_hash: str) -> str:
        statement = insert(customers).values(
            email=newcomer.email,
            password_hash=password_hash,
            first_name=newcomer.first_name,
            last_name=newcomer.last_name,
        )
        try:
            return str(await self.connection.scalar(statement.returning(customers.c.id)))
        except Taken as taken:
            raise EmailTaken from taken

    async def keep(self, answer: Struct, call: Call) -> None:
        await ledger.keep(self.connection, call.receipt, answer)

    async def find(self, id_: str) -> Customer | None:
        row = (await self.connection.execute(_ONE, {"id": id_})).one_or_none()
        return None if row is None else _customer(row)

    async def change(self, changes: Changes) -> Customer | None:
        values = {
            "email": changes.email,
            "first_name": changes.first_name,
            "last_name": changes.last_name,
        }
        given = {name: value for name, value in values.items() if value is not UNSET}
        if not given:
            return await self.find(changes.id)
        statement = update(customers).where(customers.c.id == changes.id).values(**given, updated_at=func.now())
        try:
            row = (await self.connection.execute(statement.returning(*_PUBLIC))).one_or_none()
        except Taken as taken:
            raise EmailTaken from taken
        return None if row is None else _customer(row)

    async def remove(self, id_: str) -> bool:
        statement = delete(customers).where(customers.c.id == id_)
        return (await self.connection.execute(statement)).rowcount > 0

    async def page(self, page: int, limit: int) -> Sequence[Customer]:
        rows = await self.connection.execute(_PAGE, {"skipped": (page - 1) * limit, "limit": limit})
        return [_customer(row) for row in rows]

    async def count(self) -> int:
        return int(await self.connection.scalar(_COUNT) or 0)


def _has(email: str) -> ColumnElement[bool]:
    return func.lower(customers.c.email) == func.lower(email)


def _customer(row: Row[*tuple[Any, ...]]) -> Customer:
    return Customer(
        id=row.id,
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
