"""From when on a key signs: that of the next one says until when. Those there are have signed since they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("signing_keys", sa.Column("signs_from", sa.DateTime(timezone=True)))
    op.execute("UPDATE signing_keys SET signs_from = created_at")
    op.alter_column("signing_keys", "signs_from", nullable=False, server_default=sa.func.now())
    op.drop_column("signing_keys", "retired_at")
