"""auth's keys in memory, as a test needs them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from auth_service.keyring import Keyring
from auth_service.ports import Decide, StoredKey
from auth_service.rotation import new_key
from flowkit.audit import Entry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_key(ago: timedelta = timedelta()) -> StoredKey:
    return new_key(datetime.now(UTC) - ago)


def a_keyring(*keys: StoredKey) -> Keyring:
    return Keyring(keys or (a_key(),))


class FakeKeys:
    """A key store with a clock that a test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.keys: list[StoredKey] = []
        self.entries: list[Entry] = []
        self.changes = 0

    async def all(self) -> Sequence[StoredKey]:
        return sorted(self.keys, key=lambda key: (key.signs_from, key.kid), reverse=True)

    async def change(self, decide: Decide) -> Sequence[StoredKey]:
        if change := decide(await self.all(), self.now):
            self.changes += 1
            self.keys = [key for key in self.keys if key.kid not in change.drop]
            self.keys += [] if change.add is None else [change.add]
            self.entries += change.entries
        return await self.all()
