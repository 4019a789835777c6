"""Customers in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from contracts.customer import Changes, Customer, EmailTaken, NewCustomer
from flowkit.audit import Audited
from flowkit.call import Call
from flowkit.outbox import Publishes
from flowkit.postgres import Taken, ledger, login_histories
from flowkit.security.visitors import Visitor
from msgspec import UNSET, Struct
from sqlalchemy import ColumnElement, Integer, Row, and_, bindparam, delete, exists, func, insert, select, update

from customer_service.ports import Account
from customer_service.tables import customers

_PUBLIC = (
    customers.c.id,
    customers.c.email,
    customers.c.first_name,
    customers.c.last_name,
    customers.c.created_at,
    customers.c.updated_at,
    customers.c.disabled,
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

_ACCOUNT = select(
    customers.c.id, customers.c.email, customers.c.password_hash, customers.c.disabled, customers.c.access_version
)
_ACCESS_CHANGED = {"access_version": customers.c.access_version + 1}


class Transaction(Audited, Publishes):
    __slots__ = ()

    async def is_taken(self, email: str) -> bool:
        return bool(await self.connection.scalar(select(exists().where(_has(email)))))

    async def account_of(self, email: str) -> Account | None:
        return await self._account(_has(email))

    async def account_by_id(self, id_: str) -> Account | None:
        return await self._account(customers.c.id == id_)

    async def still_stands(self, account: Account) -> bool:
        # Shared: what would end its access waits until this transaction has, and then ends what this has opened.
        same = select(customers.c.id).where(_unchanged(account), ~customers.c.disabled).with_for_update(read=True)
        return await self.connection.scalar(same) is not None

    async def set_password(self, account: Account, password_hash: str) -> bool:
        changed = update(customers).where(_unchanged(account)).values(password_hash=password_hash, **_ACCESS_CHANGED)
        return (await self.connection.execute(changed)).rowcount > 0

    async def set_disabled(self, id_: str, *, disabled: bool) -> bool:
        changed = update(customers).where(customers.c.id == id_).values(disabled=disabled, **_ACCESS_CHANGED)
        return (await self.connection.execute(changed)).rowcount > 0

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

    async def remove(self, id_: str) -> str | None:
        return await self.connection.scalar(delete(customers).where(customers.c.id == id_).returning(customers.c.email))

    async def forget_logins(self, email: str) -> None:
        await login_histories.forget(self.connection, Visitor.of(email, "").account)

    async def page(self, page: int, limit: int) -> Sequence[Customer]:
        rows = await self.connection.execute(_PAGE, {"skipped": (page - 1) * limit, "limit": limit})
        return [_customer(row) for row in rows]

    async def count(self) -> int:
        return int(await self.connection.scalar(_COUNT) or 0)

    async def _account(self, which: ColumnElement[bool]) -> Account | None:
        row = (await self.connection.execute(_ACCOUNT.where(which))).one_or_none()
        return None if row is None else Account(row.id, row.email, row.password_hash, row.disabled, row.access_version)


def _unchanged(account: Account) -> ColumnElement[bool]:
    return and_(customers.c.id == account.id, customers.c.access_version == account.access_version)


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
        status="disabled" if row.disabled else UNSET,
    )
