"""What a service's transaction can announce: `tx.publish(customer.registered, CustomerRegistered(...))`."""

from typing import Any, Final, Protocol

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from flowkit.call import current_call
from flowkit.contract import Event
from flowkit.telemetry import spans
from flowkit.wire import headers

CHANNEL: Final = "outbox"
"""Where PostgreSQL tells that there is something to fetch, once it is committed."""
_LOCKS_OF_KEYS: Final = 0x6F757462
_encoder = msgspec.json.Encoder()

# One writer of a key at a time, from here to its commit: so places of a key are in the order of their commits.
_WRITE = sa.text(
    f"""
    WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock({_LOCKS_OF_KEYS}, hashtext(:key)))
    INSERT INTO outbox (subject, key, headers, body) SELECT :subject, :key, :headers, :body FROM turn
    RETURNING id, pg_notify('{CHANNEL}', '')
    """  # noqa: S608  both are ours
).bindparams(bindparam("headers", type_=JSONB), bindparam("body", type_=sa.LargeBinary))


class Publishing(Protocol):
    async def publish[Body: Struct](self, event: Event[Body], body: Body) -> str:
        """Announced if and only if this transaction is committed; the event's id."""
        ...


class Publishes:
    """For a transaction of a service's own to stand on. No more than one connection is needed."""

    __slots__ = ()
    connection: AsyncConnection

    async def publish[Body: Struct](self, event: Event[Body], body: Body) -> str:
        wanted = {
            "subject": event.subject_of(body),
            "key": event.key(body),
            "headers": _carried(event, body),
            "body": _encoder.encode(body),
        }
        return str((await self.connection.execute(_WRITE, wanted)).one().id)


def _carried(event: Event[Any], body: Struct) -> headers.Headers:
    """What the relay adds to: its own name, the event's id, and when it was written."""
    carried = {
        headers.EVENT: event.name,
        headers.EVENT_VERSION: str(event.version),
        headers.EVENT_KEY: event.key(body),
    }
    spans.carry(carried)
    call = current_call()
    if call is not None and call.request_id:
        carried[headers.REQUEST_ID] = call.request_id
    return carried
