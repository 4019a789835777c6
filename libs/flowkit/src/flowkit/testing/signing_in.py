"""Signing in for the tests of a flow: the throttle's own rules, over histories in memory and a clock that is moved."""

import asyncio
from dataclasses import dataclass, field

from flowkit.security.passwords import Passwords
from flowkit.security.signing_in import SigningIn
from flowkit.security.throttle import Entry, Page, Source, Throttle


@dataclass(slots=True)
class FakeHistories:
    """Each read and write takes a turn of the loop, as asking a database does."""

    now: float = 1_000_000.0
    accounts: dict[bytes, Entry] = field(default_factory=dict[bytes, Entry])
    sources: dict[bytes, tuple[float, float]] = field(default_factory=dict[bytes, tuple[float, float]])

    async def read(self, account: bytes, source: Source) -> Page:
        await asyncio.sleep(0)
        left, kept = self._left(source), self.accounts.get(account)
        return Page(self.now, spent=left) if kept is None else Page(self.now, kept.seen + 1, kept.history, left)

    async def write(self, entry: Entry) -> float | None:
        await asyncio.sleep(0)
        kept = self.accounts.get(entry.account)
        if entry.seen != (0 if kept is None else kept.seen + 1):
            return None
        self.accounts[entry.account] = entry
        if entry.cost:
            self.sources[entry.source.key] = (max(0.0, self._left(entry.source) + entry.cost), self.now)
        return self._left(entry.source) if entry.cost else 0.0

    def _left(self, source: Source) -> float:
        spent, at = self.sources.get(source.key, (0.0, self.now))
        return max(0.0, spent - source.wears_off * (self.now - at))


def signing_in(passwords: Passwords, histories: FakeHistories | None = None) -> SigningIn:
    """Refusals take no time; nobody else has tried yet."""
    return SigningIn(passwords, Throttle(histories or FakeHistories()), refusal=0.0)
