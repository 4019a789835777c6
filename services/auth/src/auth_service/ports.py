"""What auth needs from outside itself."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

from contracts.api_keys import ApiKey, MadeApiKey
from contracts.auth import Session, Subject
from flowkit.audit import Entry, Recording
from flowkit.call import Call
from flowkit.contract import Role

from auth_service.api_key import KeptApiKey


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key: 32 raw bytes of Ed25519 under a key id, and from when on it is the one to sign with."""

    kid: str
    private_key: bytes = field(repr=False)
    signs_from: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of the stored keys, and what the audit log tells of it."""

    add: StoredKey | None = None
    drop: frozenset[str] = frozenset()
    entries: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return self.add is not None or bool(self.drop)


type Decide = Callable[[Sequence[StoredKey], datetime], Change]
"""Of the keys there are and the database's own time."""


class KeyStore(Protocol):
    async def all(self) -> Sequence[StoredKey]:
        """Every stored key, the newest first."""
        ...

    async def change(self, decide: Decide) -> Sequence[StoredKey]:
        """What is there after the change; of several that are decided at once, each sees what the one before did."""
        ...


type Why = Literal["logout", "logout_all", "password_changed", "disabled", "deleted", "reuse", "too_many", "api_key"]
"""What ended a session before its time, or an API key."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """A session ends when it was not refreshed for so long, and in any case so long after it was opened."""

    unused: timedelta
    at_most: timedelta


@dataclass(frozen=True, slots=True)
class OpenSession:
    id: str
    who: Subject
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Held:
    """An open session, found by one of its refresh tokens; nobody else can change it before the transaction ends."""

    session: OpenSession
    spent_for: float | None
    """Seconds since that token was spent, where it was."""
    successor_spent: bool


class SessionTransaction(Recording, Protocol):
    async def open(self, who: Subject, first_token: bytes, client_address: str) -> OpenSession: ...

    async def end_oldest(self, who: Subject, keep: int) -> Sequence[str]:
        """Past the newest so many; the ids of those that ended."""
        ...

    async def hold(self, token: bytes, successor: bytes) -> Held | None:
        """None where nobody knows the token, or its session is over."""
        ...

    async def spend(self, session: OpenSession, token: bytes, successor: bytes) -> OpenSession:
        """From now on the successor stands for the session, which lasts longer for it."""
        ...

    async def end(self, session: str, why: Why) -> Sequence[str]:
        """Its id, unless it was over already."""
        ...

    async def end_all(self, user_id: str, role: Role, why: Why, keep: str | None = None) -> Sequence[str]:
        """The ids of those that ended by this."""
        ...

    async def forget(self, user_id: str, role: Role) -> None:
        """Nothing is left of any of their sessions."""
        ...

    async def is_open(self, session: str) -> bool: ...

    async def revoke_keys_of(self, maker: str) -> Sequence[str]:
        """The ids of the API keys somebody made, which are no more."""
        ...

    async def open_of(self, user_id: str, role: Role) -> Sequence[Session]:
        """The latest first; none of them marked as current."""
        ...


class SessionStore(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[SessionTransaction]: ...

    def reading(self) -> AbstractAsyncContextManager[SessionTransaction]:
        """For queries alone."""
        ...


class Revocations(Protocol):
    async def announce(self, sessions: Sequence[str], why: Why) -> None:
        """Tell every process, once it is certain that these have ended."""
        ...


class ApiKeys(Protocol):
    async def add(self, key: KeptApiKey, made: MadeApiKey, call: Call) -> None:
        """Raises Unauthorized where the maker's session has ended meanwhile: their keys went with it."""
        ...

    async def find(self, id_: str) -> KeptApiKey | None: ...

    async def page(self, page: int, limit: int) -> Sequence[ApiKey]:
        """The oldest first."""
        ...

    async def count(self) -> int: ...

    async def remove(self, id_: str, call: Call) -> bool:
        """Whether it was there."""
        ...

    async def note_use(self, id_: str) -> None:
        """That it was used just now."""
        ...
