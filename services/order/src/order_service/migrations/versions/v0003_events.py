"""What is announced until the broker has it, and which events were acted on."""

from flowkit.outbox.migration import create_outbox
from flowkit.reactions.migration import create_events_done

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_outbox()
    create_events_done()
