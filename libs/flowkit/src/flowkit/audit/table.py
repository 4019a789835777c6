"""The table each service that decides something has of its own."""

from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, func, text


def audit_log(metadata: MetaData) -> Table:
    table = Table(
        "audit_log",
        metadata,
        Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("uuidv7()")),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("action", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("actor_role", Text, nullable=False),
        Column("actor", Text),
        Column("session", Text),
        Column("subject_kind", Text),
        Column("subject", Text),
        Column("client_network", Text),
        Column("trace_id", Text),
        Column("request_id", Text),
        Column("times", Integer, nullable=False),
    )
    Index("audit_log_in_order", table.c.at)
    for name in ("actor", "subject", "trace_id"):
        Index(f"audit_log_by_{name}", table.c[name], table.c.id, postgresql_where=table.c[name].is_not(None))
    return table
