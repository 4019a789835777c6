"""Sessions, and the refresh tokens of each: hashes alone, one of them unspent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("root", sa.Boolean, nullable=False),
        sa.Column("client_address", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("why", sa.Text),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index("sessions_of_a_user", "sessions", ["user_id", "role", "created_at"], postgresql_where=is_open)
    op.create_index("sessions_expiring", "sessions", ["expires_at"])
    op.create_index("sessions_ended", "sessions", ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL"))
    session = sa.ForeignKey("sessions.id", ondelete="CASCADE")
    op.create_table(
        "refresh_tokens",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("session_id", sa.Uuid, session, nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True)),
    )
    op.create_index("refresh_tokens_of_a_session", "refresh_tokens", ["session_id"])
    op.create_index(
        "refresh_tokens_spent", "refresh_tokens", ["spent_at"], postgresql_where=sa.text("spent_at IS NOT NULL")
    )
