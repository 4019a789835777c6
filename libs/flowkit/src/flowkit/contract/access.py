"""Who may ask: a rule stated in the contract, judged at the edge and again in the service."""

from collections.abc import Callable
from dataclasses import dataclass

from flowkit.contract.errors import FlowError, Forbidden, Unauthorized
from flowkit.contract.identity import Identity, Role


@dataclass(frozen=True, slots=True)
class Access:
    """A rule in words, and the refusal it gives an identity (None lets it pass)."""

    rule: str
    refusal: Callable[[Identity | None], FlowError | None]

    @property
    def needs_identity(self) -> bool:
        return self.refusal(None) is not None

    def check(self, identity: Identity | None) -> None:
        if refusal := self.refusal(identity):
            raise refusal


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


anyone = Access("anyone", _pass)
internal = Access("internal", _pass)
"""Never routed over HTTP. The bus's own permissions decide which service may call."""
signed_in = Access("signed in", _unless_signed_in)
root = Access("root admin", _unless_root)
