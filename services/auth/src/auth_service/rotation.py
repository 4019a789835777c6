"""When a key is made, when it signs, and when it goes: decided from the keys there are, and nothing else."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auth_service.ports import Change, StoredKey

# Clocks, and a replica that has not looked at the database for a moment and signs with the key before.
_SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key signs for `every`; it is published `lead` before it does, and kept until all it signed has run out, which
    lives for `longest` at most."""

    every: timedelta
    lead: timedelta
    longest: timedelta

    def due(self, keys: Sequence[StoredKey], now: datetime) -> Change:
        """What the schedule asks for."""
        newest = max((key.signs_from for key in keys), default=None)
        if newest is None:
            return Change(add=new_key(now))
        made = new_key(now + self.lead) if newest + self.every - self.lead <= now else None
        return Change(made, frozenset(key.kid for key in keys if self._is_over(key, keys, now)))

    def another(self, keys: Sequence[StoredKey], now: datetime) -> Change:
        """A new key, whatever the schedule says; where one is about to sign already, that is the one."""
        if any(key.signs_from > now for key in keys):
            return Change()
        return Change(add=new_key(now + self.lead))

    def _is_over(self, key: StoredKey, keys: Sequence[StoredKey], now: datetime) -> bool:
        after = [other.signs_from for other in keys if other.signs_from > key.signs_from]
        return bool(after) and min(after) + self.longest + _SLACK <= now


def at_once(keys: Sequence[StoredKey], now: datetime) -> Change:
    """For a key that others may have: a new one signs from now on, and what any other signed is believed no more."""
    return Change(new_key(now), frozenset(key.kid for key in keys))


def signing(keys: Sequence[StoredKey], now: datetime) -> StoredKey:
    """The newest whose time has come; where that is true of none, the one whose time comes first."""
    come = [key for key in keys if key.signs_from <= now]
    return max(come, key=_by_time) if come else min(keys, key=_by_time)


def new_key(signs_from: datetime) -> StoredKey:
    return StoredKey(secrets.token_hex(8), Ed25519PrivateKey.generate().private_bytes_raw(), signs_from)


def _by_time(key: StoredKey) -> tuple[datetime, str]:
    return key.signs_from, key.kid
