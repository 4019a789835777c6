"""Who is disabled; and how often something happened that ends all access, so that nobody gets in by what was before."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("admins", sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("admins", sa.Column("access_version", sa.Integer, nullable=False, server_default=sa.text("0")))
