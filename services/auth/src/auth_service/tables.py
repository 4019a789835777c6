"""What this service stores."""

from pathlib import Path

from flowkit.audit import audit_log
from flowkit.postgres import Schema
from flowkit.postgres.ledger import idempotency_keys
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)

metadata = MetaData()

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("private_key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("signs_from", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("root", Boolean, nullable=False),
    Column("contracts", ARRAY(Text), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    # No foreign key: admins are another service's.
    Column("made_by", Uuid(as_uuid=False), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
)
audit_log(metadata)

idempotency_keys(metadata)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True, server_default=text("uuidv7()")),
    Column("user_id", Uuid(as_uuid=False), nullable=False),
    Column("role", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("root", Boolean, nullable=False),
    Column("client_address", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_used_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("why", Text),
)
_is_open = sessions.c.ended_at.is_(None)
Index("sessions_of_a_user", sessions.c.user_id, sessions.c.role, sessions.c.created_at, postgresql_where=_is_open)
Index("sessions_expiring", sessions.c.expires_at)
Index("sessions_ended", sessions.c.ended_at, postgresql_where=sessions.c.ended_at.is_not(None))

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid(as_uuid=False), ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("spent_at", DateTime(timezone=True)),
)
Index("refresh_tokens_of_a_session", refresh_tokens.c.session_id)
Index("refresh_tokens_spent", refresh_tokens.c.spent_at, postgresql_where=refresh_tokens.c.spent_at.is_not(None))

schema = Schema(metadata, Path(__file__).parent / "migrations")
