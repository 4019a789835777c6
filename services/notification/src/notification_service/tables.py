"""What this service stores: ids, and nobody's email or name."""

from pathlib import Path

from flowkit.postgres import Schema
from flowkit.reactions.done import events_done
from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

notifications = Table(
    "notifications",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("uuidv7()")),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("order_id", Uuid(as_uuid=False)),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False, server_default=text("'waiting'")),
    Column("reason", Text),
    Column("headers", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    # When it may be sent, or where that is under way when its sender is taken for dead.
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # When it was put down, or put among those that wait once more.
    Column("waits_since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("sent_at", DateTime(timezone=True)),
)
_once = (notifications.c.customer_id, notifications.c.order_id, notifications.c.kind)
_waiting = notifications.c.status == text("'waiting'")
# One of each kind for an order, or for a customer where it is about no order.
Index("notifications_once", *_once, unique=True, postgresql_nulls_not_distinct=True)
Index("notifications_of_a_customer", notifications.c.customer_id, notifications.c.id)
Index("notifications_next", notifications.c.attempts, notifications.c.due_at, postgresql_where=_waiting)
Index("notifications_longest_waiting", notifications.c.waits_since, postgresql_where=_waiting)
Index("notifications_given_up", notifications.c.id, postgresql_where=notifications.c.status == text("'undeliverable'"))
events_done(metadata)

schema = Schema(metadata, Path(__file__).parent / "migrations")
