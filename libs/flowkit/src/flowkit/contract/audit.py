"""What anyone allowed to may ask a service's audit log: who did what to whom, and how it ended."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from flowkit.contract.access import only
from flowkit.contract.contract import Query
from flowkit.contract.payload import Id, Limit, Payload, Reply

SHORTEST_DAYS: Final = 30
"""For so long the database itself keeps an entry, whatever a service asks of it."""

Party = Annotated[str, Meta(min_length=1, max_length=64, description="The id of a person, an API key or a service.")]
TraceId = Annotated[
    str,
    Meta(
        pattern=r"^[0-9a-f]{32}(?!\n)$",
        description="A trace's id, 32 hex digits.",
        examples=["4bf92f3577b34da6a3ce929d0e0e4736"],
    ),
]


class WhichEntries(Payload):
    """All that is given must hold; `about` is whoever did it or had it done to them."""

    actor: Party | UnsetType = UNSET
    subject: Party | UnsetType = UNSET
    about: Party | UnsetType = UNSET
    trace: TraceId | UnsetType = UNSET
    since: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET
    before: Id | UnsetType = UNSET
    """The page after the one whose last entry has this id."""
    limit: Limit = 100


class AuditEntry(Reply):
    """Nothing but ids of people: no email, no name, and of an address its network alone."""

    id: str
    at: datetime
    action: str
    outcome: str
    actor_role: str
    actor: str | None
    session: str | None
    subject_kind: str | None
    subject: str | None
    client_network: str | None
    trace_id: str | None
    request_id: str | None
    times: int


class AuditPage(Reply):
    """The newest first. Where there is more, `next` is what to ask for entries before."""

    items: tuple[AuditEntry, ...]
    next: str | UnsetType = UNSET


def audit_of(service: str, *readers: str) -> Query[WhichEntries, AuditPage]:
    """For whoever runs the system, and the `readers` among its services."""
    return Query(f"flow.audit.{service}", WhichEntries, AuditPage, access=only("operator", *readers))
