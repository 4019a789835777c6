"""Orders in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from contracts.order import Order, OrderedItem, OrderSummary, Origin, Status
from flowkit.call import Call
from flowkit.outbox import Publishes
from flowkit.postgres import ledger
from flowkit.reactions.done import Marks
from msgspec import Struct
from sqlalchemy import Integer, Row, Uuid, any_, bindparam, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from order_service.basket import Basket
from order_service.ports import Standing
from order_service.tables import order_items, orders

_TOLD = (
    orders.c.id,
    orders.c.customer_id,
    orders.c.status,
    orders.c.origin,
    orders.c.item_count,
    orders.c.total,
    orders.c.created_at,
    orders.c.updated_at,
)
_THEIRS = orders.c.customer_id == bindparam("owner", type_=Uuid(as_uuid=False))

# Built once: a statement costs more to put together than to send.
_ADD = postgresql.insert(orders)
_ADD_WELCOME = _ADD.on_conflict_do_nothing(
    index_elements=[orders.c.customer_id],
    # Literally: prepared and used often it is planned for any value, and the index not known by its condition.
    index_where=orders.c.origin == text("'welcome'"),
)
_ONE = select(*_TOLD).where(orders.c.id == bindparam("id"))
_ONE_OF_THEIRS = _ONE.where(_THEIRS)
_ITEMS = (
    select(order_items.c.product_id, order_items.c.quantity, order_items.c.price)
    .where(order_items.c.order_id == bindparam("id"))
    .order_by(order_items.c.position)
)
_ITEMS_OF = (
    select(order_items)
    .where(order_items.c.order_id == any_(bindparam("ids", type_=postgresql.ARRAY(Uuid(as_uuid=False)))))
    .order_by(order_items.c.order_id, order_items.c.position)
)
_PAGE = (
    select(*_TOLD)
    .order_by(orders.c.created_at.desc(), orders.c.id.desc())
    .offset(bindparam("skipped", type_=Integer))
    .limit(bindparam("limit", type_=Integer))
)
_PAGE_OF_THEIRS = _PAGE.where(_THEIRS)
_NEWEST = select(*_TOLD).where(_THEIRS).order_by(orders.c.id.desc()).limit(bindparam("most", type_=Integer))
_OLDER = _NEWEST.where(orders.c.id < bindparam("before"))
_COUNT = select(func.count()).select_from(orders)
_COUNT_OF_THEIRS = _COUNT.where(_THEIRS)
_STANDING = (
    select(orders.c.status, orders.c.total, orders.c.payment_id).where(orders.c.id == bindparam("id")).with_for_update()
)


@dataclass(frozen=True, slots=True)
class Transaction(Publishes, Marks):
    connection: AsyncConnection

    async def add(self, customer_id: str, basket: Basket) -> Order:
        added = await self._add(_ADD, _values(customer_id, "customer", basket), basket)
        if added is None:
            raise RuntimeError("PostgreSQL has added an order and told nothing of it")
        return added

    async def add_welcome(self, customer_id: str, basket: Basket) -> Order | None:
        return await self._add(_ADD_WELCOME, _values(customer_id, "welcome", basket), basket)

    async def keep(self, answer: Struct, call: Call) -> None:
        await ledger.keep(self.connection, call.receipt, answer)

    async def find(self, id_: str, owner: str | None) -> Order | None:
        which = _ONE if owner is None else _ONE_OF_THEIRS
        row = (await self.connection.execute(which, {"id": id_, "owner": owner})).one_or_none()
        if row is None:
            return None
        items = await self.connection.execute(_ITEMS, {"id": id_})
        return _order(row, tuple(_item(each) for each in items))

    async def page(self, owner: str | None, page: int, limit: int) -> Sequence[OrderSummary]:
        which = _PAGE if owner is None else _PAGE_OF_THEIRS
        wanted = {"owner": owner, "skipped": (page - 1) * limit, "limit": limit}
        return [_summary(row) for row in await self.connection.execute(which, wanted)]

    async def count(self, owner: str | None) -> int:
        which = _COUNT if owner is None else _COUNT_OF_THEIRS
        return int(await self.connection.scalar(which, {"owner": owner}) or 0)

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[OrderSummary]:
        which = _NEWEST if before is None else _OLDER
        wanted = {"owner": customer_id, "before": before, "most": most}
        return [_summary(row) for row in await self.connection.execute(which, wanted)]

    async def items_of(self, ids: Sequence[str]) -> Mapping[str, tuple[OrderedItem, ...]]:
        rows = await self.connection.execute(_ITEMS_OF, {"ids": ids})
        return {order_id: tuple(map(_item, theirs)) for order_id, theirs in groupby(rows, lambda row: row.order_id)}

    async def standing(self, id_: str) -> Standing | None:
        row = (await self.connection.execute(_STANDING, {"id": id_})).one_or_none()
        return None if row is None else Standing(row.status, row.total, row.payment_id)

    async def settle(self, id_: str, status: Status, payment_id: str) -> None:
        ended = {"status": status, "payment_id": payment_id, "updated_at": func.now()}
        await self.connection.execute(update(orders).where(orders.c.id == id_).values(**ended))

    async def _add(self, statement: postgresql.Insert, values: dict[str, object], basket: Basket) -> Order | None:
        row = (await self.connection.execute(statement.returning(*_TOLD), values)).one_or_none()
        if row is None:
            return None
        lines = [
            {"order_id": row.id, "position": place, **_columns(item)}
            for place, item in enumerate(basket.items, start=1)
        ]
        await self.connection.execute(insert(order_items), lines)
        return _order(row, basket.items)


def _values(customer_id: str, origin: Origin, basket: Basket) -> dict[str, object]:
    return {
        "customer_id": customer_id,
        "origin": origin,
        "item_count": len(basket.items),
        "total": basket.total,
    }


def _columns(item: OrderedItem) -> dict[str, object]:
    return {"product_id": item.product_id, "quantity": item.quantity, "price": item.price}


def _order(row: Row[*tuple[Any, ...]], items: tuple[OrderedItem, ...]) -> Order:
    return Order(
        id=row.id,
        customer_id=row.customer_id,
        status=row.status,
        origin=row.origin,
        items=items,
        total=row.total,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _item(row: Row[*tuple[Any, ...]]) -> OrderedItem:
    return OrderedItem(product_id=row.product_id, quantity=row.quantity, price=row.price)


def _summary(row: Row[*tuple[Any, ...]]) -> OrderSummary:
    return OrderSummary(
        id=row.id,
        customer_id=row.customer_id,
        status=row.status,
        origin=row.origin,
        item_count=row.item_count,
        total=row.total,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
