"""What this service stores."""

from pathlib import Path

from flowkit.audit import audit_log
from flowkit.postgres import Schema
from flowkit.postgres.ledger import idempotency_keys
from flowkit.postgres.login_histories import login_tables
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, false, func, text

metadata = MetaData()

admins = Table(
    "admins",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("uuidv7()")),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("root", Boolean, nullable=False, server_default=false()),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    # Counts what ends all access: a login that began before one of these does not end after it.
    Column("access_version", Integer, nullable=False, server_default=text("0")),
    # No foreign key: who made an account stays true whatever becomes of them.
    Column("created_by", Uuid(as_uuid=False)),
)
Index("admins_email_key", func.lower(admins.c.email), unique=True)
Index("admins_one_root", admins.c.root, unique=True, postgresql_where=admins.c.root)
Index("admins_in_order", admins.c.created_at, admins.c.id)
audit_log(metadata)

idempotency_keys(metadata)
login_tables(metadata)

schema = Schema(metadata, Path(__file__).parent / "migrations")
