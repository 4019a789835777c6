"""Who waits longest is found by when they began to wait, while others write."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_WAITING = sa.text("status = 'waiting'")
_OF_THOSE = {"postgresql_where": _WAITING, "postgresql_concurrently": True}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("notifications_longest_waiting", "notifications", if_exists=True, postgresql_concurrently=True)
        op.create_index("notifications_longest_waiting", "notifications", ["waits_since"], **_OF_THOSE)
        op.drop_index("notifications_waiting", "notifications", if_exists=True, postgresql_concurrently=True)
