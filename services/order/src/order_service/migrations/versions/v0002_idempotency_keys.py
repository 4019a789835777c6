"""Requests under an Idempotency-Key, and their first answers."""

from alembic import op
from flowkit.postgres.ledger import columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("idempotency_keys", *columns())
    op.create_index("idempotency_keys_expiring", "idempotency_keys", ["expires_at"])
