"""Tells every process which sessions have ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from flowkit.client import Notices
from flowkit.contract.revoked import SessionsRevoked, sessions_revoked
from flowkit.security.revoked import RevokedSessions
from flowkit.telemetry.metrics import Metrics

from auth_service.ports import Why


@dataclass(frozen=True, slots=True)
class ToldRevocations:
    """Where the notice is lost, gateways ask auth again within five seconds."""

    notices: Notices
    revoked: RevokedSessions
    metrics: Metrics

    def __post_init__(self) -> None:
        # Told as zero from now on: what begins at one is no increase, and a first theft would not be seen.
        for why in get_args(Why.__value__):
            self.metrics.sessions_ended(why, 0)

    async def announce(self, sessions: Sequence[str], why: Why) -> None:
        if not sessions:
            return
        self.metrics.sessions_ended(why, len(sessions))
        self.revoked.add(sessions)
        await self.notices.tell(sessions_revoked, SessionsRevoked(sessions=tuple(sessions)))
