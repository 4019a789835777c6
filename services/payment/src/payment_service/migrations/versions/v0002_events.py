"""What is announced until the broker has it, and which events were acted on."""

from alembic import op
from flowkit.outbox.table import columns
from flowkit.reactions.migration import create_events_done

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table("outbox", *columns())
    op.create_index("outbox_by_key", "outbox", ["key", "place"])
    create_events_done()
