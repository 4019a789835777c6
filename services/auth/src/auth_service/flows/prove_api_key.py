"""Whom an API key stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contracts.auth import InvalidApiKey
from flowkit.security.tokens import Proven

from auth_service.api_key import KeptApiKey, Presented
from auth_service.ports import ApiKeys

# When a key was last used is known to the minute: no write for each request.
_NOTED_EVERY = timedelta(minutes=1)
_FOR_EVER = float("inf")


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ProveApiKey:
    keys: ApiKeys
    clock: Callable[[], datetime] = _utc

    async def of(self, text: str) -> Proven:
        presented, now = Presented.read(text), self.clock()
        kept = None if presented is None else await self.keys.find(presented.id)
        if presented is None or kept is None or not kept.is_proven_by(presented, now):
            raise InvalidApiKey
        await self._note(kept, now)
        return Proven(kept.identity, _FOR_EVER if kept.expires_at is None else kept.expires_at.timestamp())

    async def _note(self, kept: KeptApiKey, now: datetime) -> None:
        if kept.last_used_at is None or now - kept.last_used_at > _NOTED_EVERY:
            await self.keys.note_use(kept.id)
