"""Calls for the tests of a flow: `call.steps` says what it did."""

from flowkit.call import Call
from flowkit.contract import Identity, Role
from flowkit.wire.deadline import Deadline


def a_call(identity: Identity | None = None, *, seconds: float = 5.0) -> Call:
    return Call(deadline=Deadline.after(seconds), identity=identity, caller="test")


def someone(
    role: Role = "customer", *, user_id: str = "0190b7a0-0000-7000-8000-000000000001", root: bool = False
) -> Identity:
    return Identity(id=user_id, email=f"{role}@example.org", role=role, root=root)
