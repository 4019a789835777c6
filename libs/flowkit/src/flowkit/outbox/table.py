"""The table each service that announces something has of its own. Rows go once the broker has stored their events."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB


def columns() -> tuple[Column[object], ...]:
    """As first released, for a service's tables and the migration that makes them; a change is another revision."""
    return (
        Column("place", BigInteger, Identity(always=True), primary_key=True),
        Column("id", Uuid(as_uuid=False), nullable=False, server_default=text("uuidv7()")),
        Column("subject", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("written_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    )


def outbox(metadata: MetaData) -> Table:
    return Table("outbox", metadata, *columns())
