"""Who may ask: a rule stated in the contract, judged at the edge and again in the service."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flowkit.contract.errors import FlowError, Forbidden, Unauthorized
from flowkit.contract.identity import Identity, Role


class ServiceUnknown(Unauthorized):
    """Service not identified"""


class ServiceNotPermitted(Forbidden):
    """Service not permitted"""


@dataclass(frozen=True, slots=True)
class Access:
    """A rule in words, and the refusal it gives an identity (None lets it pass).

    What is internal is never routed over HTTP, and answers services that have proven who they are; `services` names
    those it answers, none of them any.
    """

    rule: str
    refusal: Callable[[Identity | None], FlowError | None]
    is_internal: bool = False
    is_routable: bool = True
    services: tuple[str, ...] = ()

    @property
    def needs_identity(self) -> bool:
        return self.refusal(None) is not None

    def check(self, identity: Identity | None) -> None:
        if refusal := self.refusal(identity):
            raise refusal

    def admits(self, service: str) -> bool:
        return not self.services or service in self.services

    def check_service(self, service: str) -> None:
        """`service` is the one that has proven who it is; empty where none has."""
        if not self.is_internal:
            return
        if not service:
            raise ServiceUnknown
        if not self.admits(service):
            raise ServiceNotPermitted


def _pass(_: Identity | None) -> None:
    return None


def role(*roles: Role) -> Access:
    """Anyone signed in under one of these roles."""
    wanted = " or ".join(roles)

    def refusal(identity: Identity | None) -> FlowError | None:
        if identity is None:
            return Unauthorized()
        return None if identity.role in roles else Forbidden(f"Required role: {wanted}")

    return Access(f"role {wanted}", refusal)


def _unless_signed_in(identity: Identity | None) -> FlowError | None:
    return Unauthorized() if identity is None else None


def _unless_root(identity: Identity | None) -> FlowError | None:
    if identity is None:
        return Unauthorized()
    return None if identity.root and identity.role == "admin" else Forbidden("Root admin required")


def only(*services: str) -> Access:
    """Internal, and these services alone may ask."""
    return replace(internal, rule=f"internal to {', '.join(services)}", services=services)


anyone = Access("anyone", _pass)
internal = Access("internal", _pass, is_internal=True, is_routable=False)
"""Any service of ours that has proven who it is."""
by_the_bus = Access("by the bus's own permissions", _pass, is_routable=False)
"""What a service asks before it can prove who it is: the subject is its own, and nobody else may publish it."""
signed_in = Access("signed in", _unless_signed_in)
root = Access("root admin", _unless_root)
