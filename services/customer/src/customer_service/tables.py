"""What this service stores."""

from pathlib import Path

from flowkit.audit import audit_log
from flowkit.outbox import outbox
from flowkit.postgres import Schema
from flowkit.postgres.ledger import idempotency_keys
from flowkit.postgres.login_histories import login_tables
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, false, func, text

metadata = MetaData()

customers = Table(
    "customers",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("uuidv7()")),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    # Counts what ends all access: a login that began before one of these does not end after it.
    Column("access_version", Integer, nullable=False, server_default=text("0")),
)
Index("customers_email_key", func.lower(customers.c.email), unique=True)
Index("customers_in_order", customers.c.created_at, customers.c.id)
audit_log(metadata)

idempotency_keys(metadata)
login_tables(metadata)
outbox(metadata)

schema = Schema(metadata, Path(__file__).parent / "migrations")
