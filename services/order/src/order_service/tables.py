"""What this service stores."""

from pathlib import Path

from flowkit.outbox import outbox
from flowkit.postgres import Schema
from flowkit.postgres.ledger import idempotency_keys
from flowkit.reactions.done import events_done
from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)

metadata = MetaData()

orders = Table(
    "orders",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("uuidv7()")),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("status", Text, nullable=False, server_default="pending"),
    Column("origin", Text, nullable=False),
    Column("item_count", SmallInteger, nullable=False),
    Column("total", Numeric(14, 2), nullable=False),
    # Of the payment that ended it: another one's word for the same end is told from the same word again.
    Column("payment_id", Uuid(as_uuid=False)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("status IN ('pending', 'paid', 'failed')", name="orders_status"),
    CheckConstraint("origin IN ('customer', 'welcome')", name="orders_origin"),
    CheckConstraint("(status = 'pending') = (payment_id IS NULL)", name="orders_ended_by_a_payment"),
)
Index("orders_in_order", orders.c.created_at, orders.c.id)
Index("orders_of_a_customer", orders.c.customer_id, orders.c.created_at, orders.c.id)
Index("orders_newest_of_a_customer", orders.c.customer_id, orders.c.id)
Index(
    "orders_one_welcome_a_customer",
    orders.c.customer_id,
    unique=True,
    postgresql_where=orders.c.origin == "welcome",
)

order_items = Table(
    "order_items",
    metadata,
    Column("order_id", Uuid(as_uuid=False), ForeignKey("orders.id"), primary_key=True),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    Column("product_id", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("price", Numeric(8, 2), nullable=False),
    CheckConstraint("quantity BETWEEN 1 AND 9999", name="order_items_quantity"),
    CheckConstraint("price >= 0.01", name="order_items_price"),
)

outbox(metadata)
events_done(metadata)
idempotency_keys(metadata)

schema = Schema(metadata, Path(__file__).parent / "migrations")
