"""Which events were acted on: marked in the very transaction that acted, so that one given again is known."""

from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import Column, DateTime, Index, MetaData, Table, Text, Uuid, func
from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit.call import current_call

_TABLE = "events_done"
# Between its statements: a reaction may ask others for as long as its deadline lets it.
_LEAST_IDLE_S = 5.0


def columns() -> tuple[Column[object], ...]:
    """As first released, for a service's tables and the migration that makes them; a change is another revision."""
    return (
        Column("consumer", Text, primary_key=True),
        Column("event_id", Uuid(as_uuid=False), primary_key=True),
        Column("done_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


def events_done(metadata: MetaData) -> Table:
    table = Table(_TABLE, metadata, *columns())
    Index("events_done_in_order", table.c.done_at)
    return table


# Who else acts on this event is waited for: what they mark is seen once they have committed.
_MARK = sa.text(
    f"""
    WITH time AS MATERIALIZED (SELECT set_config('idle_in_transaction_session_timeout', :idle, true))
    INSERT INTO {_TABLE} (consumer, event_id) SELECT :consumer, :event_id FROM time
    ON CONFLICT DO NOTHING RETURNING true
    """  # noqa: S608  the table's name is ours
).bindparams(sa.bindparam("event_id", type_=Uuid(as_uuid=False)))
_FORGET = sa.text(
    f"""
    DELETE FROM {_TABLE} WHERE (consumer, event_id) IN (
        SELECT consumer, event_id FROM {_TABLE} WHERE done_at < now() - :older_than
        ORDER BY done_at LIMIT :most FOR UPDATE SKIP LOCKED)
    """  # noqa: S608  the table's name is ours
).bindparams(sa.bindparam("older_than", type_=sa.Interval))


class Marks:
    """For a transaction of a service's own to stand on."""

    __slots__ = ()
    connection: AsyncConnection

    async def mark_done(self, consumer: str, event_id: str) -> bool:
        wanted = {"consumer": consumer, "event_id": event_id, "idle": str(round(_idle_s() * 1000))}
        return bool(await self.connection.scalar(_MARK, wanted))

    async def forget_done(self, older_than: timedelta, most: int) -> int:
        gone = await self.connection.execute(_FORGET, {"older_than": older_than, "most": most})
        return cast("sa.CursorResult[Any]", gone).rowcount


def _idle_s() -> float:
    call = current_call()
    return _LEAST_IDLE_S if call is None else max(_LEAST_IDLE_S, call.deadline.left)
