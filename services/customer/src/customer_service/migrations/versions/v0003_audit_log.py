"""Who did what to whom."""

from flowkit.audit.migration import create_audit_log

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    create_audit_log()
