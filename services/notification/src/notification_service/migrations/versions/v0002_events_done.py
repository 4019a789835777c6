"""Which events were acted on."""

from flowkit.reactions.migration import create_events_done

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    create_events_done()
