"""Admins, one to an email however it is spelt, and one root."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "admins",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("root", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("created_by", sa.Uuid),
    )
    op.create_index("admins_email_key", "admins", [sa.text("lower(email)")], unique=True)
    op.create_index("admins_one_root", "admins", ["root"], unique=True, postgresql_where=sa.text("root"))
    op.create_index("admins_in_order", "admins", ["created_at", "id"])
