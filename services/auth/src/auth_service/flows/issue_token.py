"""Answers auth.issue."""

from dataclasses import dataclass
from datetime import timedelta

from contracts.auth import Issued, Subject
from flowkit.call import Call
from flowkit.contract import Identity, ServiceNotPermitted
from flowkit.security.tokens import ACCESS

from auth_service.keyring import Keyring


@dataclass(frozen=True, slots=True)
class IssueToken:
    """Make an access token for whom another service has just recognised."""

    keyring: Keyring
    lifetime: timedelta

    async def run(self, request: Subject, call: Call) -> Issued:
        call.about(request.role, request.id)
        # Each service vouches for those it keeps: admin for admins, customer for customers.
        if call.service != request.role:
            raise ServiceNotPermitted
        call.step("Signing access token")
        who = Identity(id=request.id, email=request.email, role=request.role, root=request.root)
        return Issued(token=self.keyring.sign(ACCESS, who, self.lifetime))
