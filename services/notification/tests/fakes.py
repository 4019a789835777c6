"""Notifications in a dictionary; test_store.py holds it to what PostgreSQL does."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.notification import Kind, Notification, Reason, Status
from flowkit.contract import Unavailable
from flowkit.telemetry import spans
from flowkit.testing.events import FakeEvents
from msgspec import UNSET
from notification_service.ports import Due, Store, Transaction


@dataclass(frozen=True, slots=True)
class Row:
    due: Due
    due_at: datetime
    waits_since: datetime
    status: Status = "waiting"
    reason: Reason | None = None
    sent_at: datetime | None = None

    @property
    def told(self) -> Notification:
        return Notification(
            id=self.due.id,
            customer_id=self.due.customer_id,
            kind=self.due.kind,
            status=self.status,
            created_at=self.due.created_at,
            order_id=self.due.order_id or UNSET,
            sent_at=self.sent_at or UNSET,
            reason=self.reason or UNSET,
        )


@dataclass
class FakeStore(FakeEvents):
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    put_off_for: list[float] = field(default_factory=list[float])

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator["FakeStore"]:
        before = {**self.rows}
        try:
            with self.all_or_nothing():
                yield self
        except BaseException:
            self.rows = before
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator["FakeStore"]:
        yield self

    async def add(self, kind: Kind, customer_id: str, order_id: str | None = None) -> str | None:
        same = (kind, customer_id, order_id)
        if any((row.due.kind, row.due.customer_id, row.due.order_id) == same for row in self.rows.values()):
            return None
        carried: dict[str, str] = {}
        spans.carry(carried)
        id_, now = str(UUID(int=len(self.rows) + 1)), datetime.now(UTC)
        self.rows[id_] = Row(Due(id_, kind, customer_id, order_id, 0, now, 0.0, 0.0, carried), now, now)
        return id_

    async def page(self, customer_id: str, page: int, limit: int) -> Sequence[Notification]:
        theirs = [row.told for row in self.rows.values() if row.due.customer_id == customer_id][::-1]
        return theirs[(page - 1) * limit : page * limit]

    async def newest(self, customer_id: str, before: str | None, most: int) -> Sequence[Notification]:
        theirs = [row.told for row in self.rows.values() if row.due.customer_id == customer_id][::-1]
        return [each for each in theirs if before is None or each.id < before][:most]

    async def count(self, customer_id: str) -> int:
        return sum(row.due.customer_id == customer_id for row in self.rows.values())

    async def claim(
        self, most: int, lease_s: float, besides: Collection[str] = (), *, are_new: bool = False
    ) -> Sequence[Due]:
        now = datetime.now(UTC)
        waiting = [row for row in self.rows.values() if row.status == "waiting" and row.due_at <= now]
        waiting = [row for row in waiting if row.due.id not in besides and not (are_new and row.due.attempt)]
        for row in (claimed := sorted(waiting, key=lambda row: (row.due.attempt, row.due_at))[:most]):
            age_s, waited_s = ((now - since).total_seconds() for since in (row.due.created_at, row.waits_since))
            due = replace(row.due, attempt=row.due.attempt + 1, age_s=age_s, waited_s=waited_s)
            self.rows[due.id] = replace(row, due=due, due_at=now + timedelta(seconds=lease_s))
        return [self.rows[row.due.id].due for row in claimed]

    async def renew(self, ids: Sequence[str], lease_s: float) -> None:
        later = datetime.now(UTC) + timedelta(seconds=lease_s)
        for id_ in ids:
            self.rows[id_] = replace(self.rows[id_], due_at=max(later, self.rows[id_].due_at))

    async def mark_sent(self, due: Due) -> None:
        if self.rows[due.id].status == "waiting":
            self.rows[due.id] = replace(self.rows[due.id], status="sent", sent_at=datetime.now(UTC))

    async def give_up(self, due: Due, reason: Reason) -> None:
        if self._still(due):
            self.rows[due.id] = replace(self.rows[due.id], status="undeliverable", reason=reason)

    async def wait_again(
        self, reasons: Collection[Reason], written_since: datetime, most: int, after: str | None = None
    ) -> Sequence[str]:
        given_up = [row for row in self.rows.values() if row.status == "undeliverable" and row.reason in reasons]
        given_up = [row for row in given_up if row.due.created_at >= written_since]
        given_up = [row for row in given_up if after is None or row.due.id > after][:most]
        now = datetime.now(UTC)
        for row in given_up:
            self.rows[row.due.id] = replace(row, status="waiting", reason=None, due_at=now, waits_since=now)
        return [row.due.id for row in given_up]

    async def put_off(self, due: Due, seconds: float) -> None:
        self.put_off_for.append(seconds)
        if self._still(due):
            later = datetime.now(UTC) + timedelta(seconds=seconds)
            self.rows[due.id] = replace(self.rows[due.id], due_at=later)

    async def prune(self, older_than: timedelta, most: int) -> int:
        before = datetime.now(UTC) - older_than
        old = [row.due.id for row in self.rows.values() if row.status != "waiting" and row.due.created_at < before]
        for id_ in old[:most]:
            del self.rows[id_]
        return len(old[:most])

    async def longest_wait_s(self) -> float:
        waiting = [row.waits_since for row in self.rows.values() if row.status == "waiting"]
        return (datetime.now(UTC) - min(waiting)).total_seconds() if waiting else 0.0

    def _still(self, due: Due) -> bool:
        row = self.rows[due.id]
        return row.status == "waiting" and row.due.attempt == due.attempt


@dataclass
class Unlucky:
    """A store whose transactions are lost while it is `away`."""

    store: Store
    away: bool = False

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        if self.away:
            raise Unavailable
        async with self.store.transaction() as tx:
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction]:
        async with self.store.reading() as tx:
            yield tx
