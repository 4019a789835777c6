"""What was given up can be sent again, and waits from then on."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "notifications",
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.execute("UPDATE notifications SET waits_since = created_at WHERE status = 'waiting'")
