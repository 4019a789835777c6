"""One line of the audit log, as a flow writes it."""

from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final, Literal, Self

from flowkit.call import Call
from flowkit.contract import ErrorCode
from flowkit.telemetry.redaction import without_secrets

OK: Final = "OK"
_LONGEST = 64

type ActorRole = Literal["admin", "customer", "service", "operator", "anyone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Ids alone: whoever is deleted leaves nothing here by which a stranger could tell who they were."""

    action: str
    outcome: ErrorCode | Literal["OK"] = OK
    actor_role: ActorRole = "anyone"
    actor: str | None = None
    session: str | None = None
    subject_kind: str | None = None
    subject: str | None = None
    client_network: str | None = None
    trace_id: str | None = None
    request_id: str | None = None
    times: int = 1

    @classmethod
    def of(
        cls,
        call: Call,
        action: str,
        kind: str | None = None,
        id_: str | None = None,
        *,
        refused: ErrorCode | None = None,
    ) -> Self:
        """What the caller does to whom: `Entry.of(call, "customer.delete", "customer", id_)`."""
        who = call.identity
        return cls(
            action=action,
            outcome=refused or OK,
            actor_role="anyone" if who is None else who.role,
            actor=None if who is None else who.id,
            session=None if who is None else who.session or None,
            subject_kind=kind,
            subject=id_,
            client_network=network_of(call.client_address),
            trace_id=call.trace_id or None,
            # The client's own word: it may be anything.
            request_id=without_secrets(call.request_id)[:_LONGEST] or None,
        )

    def by(self, role: ActorRole, id_: str | None = None) -> "Entry":
        """Where the call does not say who acts: signing in, registering, a command."""
        return replace(self, actor_role=role, actor=id_)


def network_of(address: str) -> str | None:
    """Enough to see where something came from, not which household: /24 of IPv4, /48 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))  # noqa: PLR2004  IPv4
