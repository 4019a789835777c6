"""auth's keys in memory, as a test needs them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
from auth_service.api_key import KeptApiKey
from auth_service.keyring import Keyring
from auth_service.ports import Decide, StoredKey
from auth_service.rotation import new_key
from contracts.api_keys import ApiKey, MadeApiKey
from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.testing.calls import someone

# An admin whose session is open, in the database too.
MAKER = msgspec.structs.replace(someone("admin"), session="0190b7a0-0000-7000-8000-00000000000a")
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


class FakeApiKeys:
    def __init__(self) -> None:
        self.kept: dict[str, KeptApiKey] = {}
        self.audited: list[tuple[str, str]] = []
        self.noted: list[str] = []

    async def add(self, key: KeptApiKey, made: MadeApiKey, call: Call) -> None:
        assert made.id == key.id
        self.kept[key.id] = key
        self.audited.append(("api-key.make", call.user.id))

    async def find(self, id_: str) -> KeptApiKey | None:
        return self.kept.get(id_)

    async def page(self, page: int, limit: int) -> Sequence[ApiKey]:
        shown = [_shown(key) for key in self.kept.values()]
        return shown[(page - 1) * limit : page * limit]

    async def count(self) -> int:
        return len(self.kept)

    async def remove(self, id_: str, call: Call) -> bool:
        self.audited.append(("api-key.revoke", call.user.id))
        return self.kept.pop(id_, None) is not None

    async def note_use(self, id_: str) -> None:
        self.noted.append(id_)
        self.kept[id_] = replace(self.kept[id_], last_used_at=datetime.now(UTC))


def _shown(key: KeptApiKey) -> ApiKey:
    return ApiKey(
        id=key.id,
        name=key.name,
        role=key.role,
        root=key.root,
        contracts=key.contracts,
        made_by=key.made_by,
        created_at=NOON,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
    )
