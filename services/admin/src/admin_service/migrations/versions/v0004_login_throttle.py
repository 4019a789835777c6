"""What is remembered of tries to sign in, by account and by address, under keys that are hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "login_accounts",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("history", sa.Text, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("login_accounts_by_expiry", "login_accounts", ["expires_at"])
    op.create_table(
        "login_sources",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("spent", sa.Double, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("login_sources_by_time", "login_sources", ["at"])
