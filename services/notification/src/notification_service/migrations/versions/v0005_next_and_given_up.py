"""Who was tried least goes first, and what was given up is found without the rest, made while others write."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NEXT = {"postgresql_where": sa.text("status = 'waiting'"), "postgresql_concurrently": True}
_GIVEN_UP = {"postgresql_where": sa.text("status = 'undeliverable'"), "postgresql_concurrently": True}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name in ("notifications_next", "notifications_given_up"):
            op.drop_index(name, "notifications", if_exists=True, postgresql_concurrently=True)
        op.create_index("notifications_next", "notifications", ["attempts", "due_at"], **_NEXT)
        op.create_index("notifications_given_up", "notifications", ["id"], **_GIVEN_UP)
        op.drop_index("notifications_due", "notifications", if_exists=True, postgresql_concurrently=True)
