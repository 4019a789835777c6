"""Calls for the tests of a flow: `call.steps` says what it did."""

from dataclasses import dataclass

from flowkit.call import Call
from flowkit.contract import Identity, Role
from flowkit.wire.deadline import Deadline


def a_call(identity: Identity | None = None, *, seconds: float = 5.0, service: str = "") -> Call:
    return Call(deadline=Deadline.after(seconds), identity=identity, caller="test", service=service)


def someone(
    role: Role = "customer", *, user_id: str = "0190b7a0-0000-7000-8000-000000000001", root: bool = False
) -> Identity:
    return Identity(id=user_id, email=f"{role}@example.org", role=role, root=root)


@dataclass(frozen=True, slots=True)
class NamedBadges:
    """Badges that say a service's name, for verifiers that believe one."""

    name: str

    async def show(self, within: float) -> str:  # noqa: ARG002  the port's
        return self.name

    def forget(self, refused: str) -> None: ...
