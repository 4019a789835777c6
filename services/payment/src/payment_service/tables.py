"""What this service stores."""

from pathlib import Path

from flowkit.outbox import outbox
from flowkit.postgres import Schema
from flowkit.reactions.done import events_done
from sqlalchemy import CheckConstraint, Column, DateTime, Index, MetaData, Numeric, Table, Text, Uuid, func, text

metadata = MetaData()

payments = Table(
    "payments",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("uuidv7()")),
    # One payment an order, whatever else goes wrong.
    Column("order_id", Uuid(as_uuid=False), nullable=False, unique=True),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("amount", Numeric(18, 2), nullable=False),
    Column("refusal", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("amount > 0", name="payments_amount_is_positive"),
)
Index("payments_newest_of_a_customer", payments.c.customer_id, payments.c.id)
outbox(metadata)
events_done(metadata)

schema = Schema(metadata, Path(__file__).parent / "migrations")
