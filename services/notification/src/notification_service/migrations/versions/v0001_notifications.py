"""What customers are told, each once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("customer_id", sa.Uuid, nullable=False),
        sa.Column("order_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False, server_default=sa.text("'waiting'")),
        sa.Column("reason", sa.Text),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
    )
    once = ["customer_id", "order_id", "kind"]
    op.create_index("notifications_once", "notifications", once, unique=True, postgresql_nulls_not_distinct=True)
    op.create_index("notifications_of_a_customer", "notifications", ["customer_id", "id"])
    waiting = sa.text("status = 'waiting'")
    op.create_index("notifications_due", "notifications", ["due_at"], postgresql_where=waiting)
    op.create_index("notifications_waiting", "notifications", ["created_at"], postgresql_where=waiting)
