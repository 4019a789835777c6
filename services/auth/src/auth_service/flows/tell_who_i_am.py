"""Answers auth.me."""

from dataclasses import dataclass

from contracts.auth import Me
from flowkit.call import Call
from flowkit.contract import Nothing
from msgspec import UNSET


@dataclass(frozen=True, slots=True)
class TellWhoIAm:
    """Tell the caller who they are signed in as."""

    async def run(self, _: Nothing, call: Call) -> Me:
        call.step("Reading the caller's identity")
        user = call.user
        return Me(id=user.id, email=user.email, role=user.role, root=user.root if user.role == "admin" else UNSET)
