"""What a service's transaction can do with its audit log."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Protocol

from msgspec import UNSET
from sqlalchemy import ColumnElement, MetaData, RowMapping, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit.audit.entry import Entry
from flowkit.audit.table import audit_log
from flowkit.contract.audit import AuditEntry, WhichEntries

_log = audit_log(MetaData())


class Recording(Protocol):
    async def record(self, *entries: Entry) -> None:
        """Kept if and only if this transaction is."""
        ...

    async def entries(self, which: WhichEntries) -> Sequence[AuditEntry]:
        """The newest first; one more than the limit where there is more."""
        ...


@dataclass(frozen=True, slots=True)
class Audited:
    """A transaction's own queries stand beside these."""

    connection: AsyncConnection

    async def record(self, *entries: Entry) -> None:
        if entries:
            await self.connection.execute(insert(_log), [asdict(entry) for entry in entries])

    async def entries(self, which: WhichEntries) -> Sequence[AuditEntry]:
        query = select(_log).where(*_conditions(which)).order_by(_log.c.id.desc()).limit(which.limit + 1)
        return [_entry(row) for row in (await self.connection.execute(query)).mappings()]

    async def prune_audit(self, older_than: timedelta, most: int) -> int:
        """How many went."""
        old = select(_log.c.id).where(_log.c.at < func.now() - older_than).limit(most).with_for_update(skip_locked=True)
        return (await self.connection.execute(delete(_log).where(_log.c.id.in_(old)))).rowcount


def _conditions(which: WhichEntries) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if which.actor is not UNSET:
        found.append(_log.c.actor == which.actor)
    if which.subject is not UNSET:
        found.append(_log.c.subject == which.subject)
    if which.about is not UNSET:
        found.append(or_(_log.c.actor == which.about, _log.c.subject == which.about))
    if which.trace is not UNSET:
        found.append(_log.c.trace_id == which.trace)
    if which.since is not UNSET:
        found.append(_log.c.at >= which.since)
    if which.before is not UNSET:
        found.append(_log.c.id < which.before)
    return found


def _entry(row: RowMapping) -> AuditEntry:
    values: Any = row
    return AuditEntry(**values)
