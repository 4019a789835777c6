"""What one look at an outbox tells."""

# asyncpg ships no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from flowkit.postgres.connection import Connection

MOST_COUNTED: Final = 102_400


@dataclass(frozen=True, slots=True)
class Seen:
    waiting: int
    """As far as they are counted."""
    oldest_s: float | None
    """For how long the oldest has waited, of the keys asked for."""
    oldest: int | None
    """The first place, of any key, from the floor on."""
    drawn: int
    """The last place, committed or not."""
    transaction: int
    """The number of the look's own: younger than all that are numbered."""
    all_over_before: int
    """No transaction numbered below is open in this look's snapshot."""


_LOOK = f"""
SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT {MOST_COUNTED}) AS counted),
    (SELECT extract(epoch FROM clock_timestamp() - written_at)::float8 FROM outbox
     WHERE place >= $2 AND key <> ALL($1::text[]) ORDER BY place LIMIT 1),
    (SELECT place FROM outbox WHERE place >= $2 ORDER BY place LIMIT 1),
    coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'place')::regclass), 0),
    pg_current_xact_id()::text::bigint,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""  # noqa: S608  the number is ours


async def look(connection: Connection, without: Collection[str], floor: int) -> Seen:
    found: Any = await connection.fetchrow(_LOOK, list(without), floor)
    return Seen(*found)
