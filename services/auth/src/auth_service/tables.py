"""What this service stores."""

from pathlib import Path

from flowkit.audit import audit_log
from flowkit.postgres import Schema
from flowkit.postgres.ledger import idempotency_keys
from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, func

metadata = MetaData()

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("private_key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("signs_from", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
audit_log(metadata)

idempotency_keys(metadata)

schema = Schema(metadata, Path(__file__).parent / "migrations")
