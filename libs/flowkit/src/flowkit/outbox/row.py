"""What waits in the outbox, and how a relay takes its turn with it."""

# asyncpg ships no types:
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from flowkit.postgres.connection import Connection
from flowkit.wire import headers

WINDOW: Final = 1024
"""How many of the oldest rows are looked at: what other relays hold is among them."""


@dataclass(frozen=True, slots=True)
class Row:
    place: int
    id: str
    subject: str
    key: str
    headers: headers.Headers
    body: bytes
    written_at: datetime
    waited: float
    """From when it was written to when it was taken, by the database's clock alone."""
    taken_at: float
    flaw: str = ""
    """Why it cannot be read."""

    @property
    def age(self) -> float:
        return self.waited + time.monotonic() - self.taken_at

    @property
    def event(self) -> str:
        return self.headers.get(headers.EVENT, "")

    @property
    def event_id(self) -> str:
        """Its own, unless it tells in another version what has one."""
        return self.headers.get(headers.EVENT_ID, self.id)


# Whoever holds the oldest row of a key holds the key: the next row becomes the oldest when that one is gone, and not
# before. Rows of a key become visible in the order of their places, so none can turn up before the oldest one seen.
_TAKE = f"""
WITH oldest AS MATERIALIZED (
    SELECT place, key FROM outbox WHERE place >= $4 AND key <> ALL($1::text[]) ORDER BY place LIMIT {WINDOW}
), turns AS MATERIALIZED (
    SELECT key FROM outbox WHERE place IN (SELECT min(place) FROM oldest GROUP BY key)
    ORDER BY place LIMIT $2 FOR UPDATE SKIP LOCKED
)
SELECT place, id, subject, key, headers, body, written_at,
    extract(epoch FROM clock_timestamp() - written_at)::float8 AS waited
FROM outbox WHERE place IN (SELECT place FROM oldest JOIN turns USING (key)) ORDER BY place LIMIT $3
"""  # noqa: S608  the number is ours
_REMOVE = "DELETE FROM outbox WHERE place = ANY($1::bigint[])"


async def take(connection: Connection, without: Collection[str], *, keys: int, rows: int, floor: int = 0) -> list[Row]:
    """The next of up to so many keys, each in its order; nobody else has them until this transaction ends."""
    found: Sequence[Any] = await connection.fetch(_TAKE, list(without), keys, rows, floor)
    return [_row(each) for each in found]


async def remove(connection: Connection, rows: Collection[Row]) -> None:
    await connection.execute(_REMOVE, [row.place for row in rows])


def _row(found: Any) -> Row:
    carried, flaw = _carried(found["headers"])
    return Row(
        found["place"],
        str(found["id"]),
        found["subject"],
        found["key"],
        carried,
        found["body"],
        found["written_at"],
        found["waited"],
        time.monotonic(),
        flaw,
    )


def _carried(written: str) -> tuple[headers.Headers, str]:
    """One that cannot be read is for its own key to wait for, not for all that are taken with it."""
    try:
        return msgspec.json.decode(written, type=dict[str, str]), ""
    except (msgspec.DecodeError, RecursionError) as fault:
        return {}, f"its headers cannot be read: {fault}"
