"""The audit log as first released; a change of it is another function, for a revision of its own."""

import sqlalchemy as sa
from alembic import op

_TEXTS = ("actor", "session", "subject_kind", "subject", "client_network", "trace_id", "request_id")
_KEPT = """
CREATE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '30 days' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'insufficient_privilege';
END $$
"""
_ROWS = "BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW"
_WHOLE = "BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT"


def create_audit_log() -> None:
    """With triggers that refuse a change of any entry, and the removal of one younger than a month."""
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("action", "outcome", "actor_role")),
        *(sa.Column(name, sa.Text) for name in _TEXTS),
        sa.Column("times", sa.Integer, nullable=False),
    )
    op.create_index("audit_log_in_order", "audit_log", ["at"])
    for name in ("actor", "subject", "trace_id"):
        known = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"audit_log_by_{name}", "audit_log", [name, "id"], postgresql_where=known)
    op.execute(_KEPT)
    op.execute(f"CREATE TRIGGER audit_log_is_kept {_ROWS} EXECUTE FUNCTION keep_audit_log()")
    op.execute(f"CREATE TRIGGER audit_log_is_kept_whole {_WHOLE} EXECUTE FUNCTION keep_audit_log()")
