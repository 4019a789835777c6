"""What a service's transaction can announce: `tx.publish(customer.registered, CustomerRegistered(...))`."""

from typing import Any, Final, Protocol
from uuid import UUID

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit.call import current_call
from flowkit.contract import Event
from flowkit.postgres import tell_once_committed
from flowkit.postgres.engine import CHANGES
from flowkit.telemetry import spans
from flowkit.telemetry.redaction import without_secrets
from flowkit.wire import headers

CHANNEL: Final = "outbox"
"""Where PostgreSQL tells that there is something to fetch, once it is committed."""
LARGEST_BODY: Final = 256 << 10
"""An event tells ids, not what is kept under them; and what the broker would not take must not be committed."""
LONGEST_KEY: Final = 256
_LOCKS_OF_KEYS: Final = 0x6F757462
_encoder = msgspec.json.Encoder()

# One writer of a key at a time, from here to its commit: so places of a key are in the order of their commits.
# The place is drawn when the row is put together, and that is made of the turn.
_WRITE = (
    sa.text(
        f"""
        WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({_LOCKS_OF_KEYS}, hashtext(:key)))
        INSERT INTO outbox (subject, key, headers, body) SELECT :subject, :key, :headers, :body FROM turn
        RETURNING id
        """  # noqa: S608  the number is ours
    )
    .bindparams(bindparam("headers", type_=JSONB), bindparam("body", type_=sa.LargeBinary))
    .execution_options(**{CHANGES: True})
)


class NotAnEvent(ValueError):
    """It could not be told as it is: nothing of this transaction is to be committed."""


class Publishing(Protocol):
    async def publish[Body: Struct](self, event: Event[Body], body: Body, *, as_: str = "") -> str:
        """Announced if and only if this transaction is committed; the event's id.

        `as_` is the id under which the same is told in another version: who has acted on that has acted on this.
        """
        ...


class Publishes:
    """For a transaction of a service's own to stand on. No more than one connection is needed."""

    __slots__ = ()
    connection: AsyncConnection

    async def publish[Body: Struct](self, event: Event[Body], body: Body, *, as_: str = "") -> str:
        key, encoded = event.key(body), _encoder.encode(body)
        check(key, encoded)
        carried = _carried(event, key) | ({headers.EVENT_ID: str(UUID(as_))} if as_ else {})
        wanted = {"subject": event.subject_of(body), "key": key, "headers": carried, "body": encoded}
        written_as = str((await self.connection.execute(_WRITE, wanted)).scalar_one())
        id_ = as_ or written_as
        tell_once_committed(self.connection, CHANNEL)
        if (call := current_call()) is not None:
            call.announces(event.name, id_)
        return id_


def check(key: str, body: bytes) -> None:
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable() and key == key.strip()):
        raise NotAnEvent(f"an event's key is a printable line of at most {LONGEST_KEY} characters")
    if len(body) > LARGEST_BODY:
        raise NotAnEvent(f"an event's body is at most {LARGEST_BODY} bytes; this one has {len(body)}")


def _carried(event: Event[Any], key: str) -> headers.Headers:
    """What the relay adds to: its own name, the event's id unless it has one, and when it was written."""
    carried = {headers.EVENT: event.name, headers.EVENT_VERSION: str(event.version), headers.EVENT_KEY: key}
    spans.carry(carried)
    call = current_call()
    if call is not None and call.request_id:
        # The client's own word: it may be anything, and an event is kept.
        carried[headers.REQUEST_ID] = without_secrets(call.request_id)
    return carried
