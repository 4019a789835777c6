"""Events on their way to the broker."""

from flowkit.outbox.migration import create_outbox

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    create_outbox()
