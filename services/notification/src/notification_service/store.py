"""Notifications in PostgreSQL: a list to look at, and a line of those that wait, shared by all instances."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contracts.notification import Kind, Notification, Reason
from flowkit.reactions.done import Marks
from flowkit.telemetry import spans
from msgspec import UNSET
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Row,
    ScalarSelect,
    bindparam,
    delete,
    func,
    literal,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from notification_service.ports import Due
from notification_service.tables import notifications

_table = notifications.c
# Literally: where it is prepared for any status, PostgreSQL cannot use what is indexed of those alone.
_waits = _table.status == text("'waiting'")
_given_up = _table.status == text("'undeliverable'")
# No uuidv7 is older.
_EPOCH: Final = datetime(1970, 1, 2, tzinfo=UTC)
_ADD = insert(notifications).on_conflict_do_nothing().returning(_table.id)
_THEIRS = (
    select(
        _table.id,
        _table.customer_id,
        _table.order_id,
        _table.kind,
        _table.status,
        _table.reason,
        _table.created_at,
        _table.sent_at,
    )
    .where(_table.customer_id == bindparam("customer_id"))
    .order_by(_table.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_PAGE = _THEIRS.offset(bindparam("skipped", type_=Integer))
_OLDER = _THEIRS.where(_table.id < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Transaction(Marks):
    connection: AsyncConnection

    async def add(self, kind: Kind, customer_id: str, order_id: str | None = None) -> str | None:
        carried: dict[str, str] = {}
        spans.carry(carried)
        values = {"customer_id": customer_id, "order_id": order_id, "kind": kind, "headers": carried}
        return await self.connection.scalar(_ADD, values)

    async def page(self, customer_id: str, page: int, limit: int) -> Sequence[Notification]:
        wanted = {"customer_id": customer_id, "skipped": (page - 1) * limit, "limit": limit}
        return [_notification(row) for row in await self.connection.execute(_PAGE, wanted)]

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[Notification]:
        which = _THEIRS if before is None else _OLDER
        wanted = {"customer_id": customer_id, "before": before, "limit": most}
        return [_notification(row) for row in await self.connection.execute(which, wanted)]

    async def count(self, customer_id: str) -> int:
        counted = select(func.count()).where(_table.customer_id == customer_id)
        return int(await self.connection.scalar(counted) or 0)

    async def claim(
        self, most: int, lease_s: float, besides: Collection[str] = (), *, are_new: bool = False
    ) -> Sequence[Due]:
        oldest = (
            select(_table.id)
            .where(_waits, _table.due_at <= func.now(), _table.id.not_in(besides))
            .where(_table.attempts == 0 if are_new else true())
            .order_by(_table.attempts, _table.due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
            # By itself, so that it is run once: within the update it may be run again for each row.
            .cte("oldest")
        )
        claimed = (
            update(notifications)
            .where(_table.id.in_(select(oldest.c.id)))
            .values(attempts=_table.attempts + 1, due_at=_in(lease_s))
            .returning(
                notifications,
                func.extract("epoch", func.now() - _table.created_at).label("age_s"),
                func.extract("epoch", func.now() - _table.waits_since).label("waited_s"),
            )
        )
        return sorted((_due(row) for row in await self.connection.execute(claimed)), key=lambda due: due.id)

    async def renew(self, ids: Sequence[str], lease_s: float) -> None:
        later = func.greatest(_table.due_at, _in(lease_s))
        await self.connection.execute(update(notifications).where(_table.id.in_(ids), _waits).values(due_at=later))

    async def mark_sent(self, due: Due) -> None:
        # Whoever else has it by now: it was sent, and that is what the row should say.
        sent = update(notifications).where(_table.id == due.id, _waits)
        await self.connection.execute(sent.values(status="sent", sent_at=func.now()))

    async def give_up(self, due: Due, reason: Reason) -> None:
        ended = update(notifications).where(_still(due))
        await self.connection.execute(ended.values(status="undeliverable", reason=reason))

    async def wait_again(
        self, reasons: Collection[Reason], written_since: datetime, most: int, after: str | None = None
    ) -> Sequence[str]:
        given_up = (
            select(_table.id)
            .where(_given_up, _table.reason.in_(reasons), _table.created_at >= written_since)
            .where(_table.id > (after or _id_before(written_since)))
            .order_by(_table.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("given_up")
        )
        again = update(notifications).where(_table.id.in_(select(given_up.c.id))).returning(_table.id)
        now = {"due_at": func.now(), "waits_since": func.now()}
        return sorted(await self.connection.scalars(again.values(status="waiting", reason=None, **now)))

    async def put_off(self, due: Due, seconds: float) -> None:
        await self.connection.execute(update(notifications).where(_still(due)).values(due_at=_in(seconds)))

    async def prune(self, older_than: timedelta, most: int) -> int:
        # Ids are in the order of their making: the oldest are found without an index of their own.
        before = select(func.uuidv7(literal(-older_than))).scalar_subquery()
        old = (
            select(_table.id)
            .where(_table.id < before, ~_waits)
            .order_by(_table.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("old")
        )
        gone = await self.connection.execute(delete(notifications).where(_table.id.in_(select(old.c.id))))
        return gone.rowcount

    async def longest_wait_s(self) -> float:
        first = select(func.extract("epoch", func.now() - func.min(_table.waits_since))).where(_waits)
        return max(0.0, float(await self.connection.scalar(first) or 0))


def _in(seconds: float) -> ColumnElement[Any]:
    return func.now() + literal(timedelta(seconds=seconds))


def _id_before(moment: datetime) -> ScalarSelect[Any]:
    # An id is made after the transaction has begun whose moment its row has; a minute is for clocks set back.
    from_now = literal(max(moment, _EPOCH), DateTime(timezone=True)) - func.clock_timestamp()
    return select(func.uuidv7(from_now - literal(timedelta(minutes=1)))).scalar_subquery()


def _still(due: Due) -> ColumnElement[bool]:
    """Each claim has another number: one that was lost to somebody else changes nothing."""
    return (_table.id == due.id) & (_table.attempts == due.attempt) & _waits


def _due(row: Row[*tuple[Any, ...]]) -> Due:
    return Due(
        id=row.id,
        kind=row.kind,
        customer_id=row.customer_id,
        order_id=row.order_id,
        attempt=row.attempts,
        created_at=row.created_at,
        age_s=float(row.age_s),
        waited_s=float(row.waited_s),
        carried=row.headers,
    )


def _notification(row: Row[*tuple[Any, ...]]) -> Notification:
    return Notification(
        id=row.id,
        customer_id=row.customer_id,
        kind=row.kind,
        status=row.status,
        created_at=row.created_at,
        order_id=row.order_id or UNSET,
        sent_at=row.sent_at or UNSET,
        reason=row.reason or UNSET,
    )
