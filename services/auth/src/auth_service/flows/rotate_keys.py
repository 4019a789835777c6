"""Answers auth.rotateKeys and auth.listKeys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.auth import KeyInUse, KeysInUse, WhenToRotate
from flowkit.audit import Entry
from flowkit.call import Call
from flowkit.contract import Nothing

from auth_service import rotation
from auth_service.key_keeper import ROTATE, KeyKeeper
from auth_service.ports import StoredKey


@dataclass(frozen=True, slots=True)
class RotateKeys:
    """Make another signing key: to sign after the usual notice, or at once, and then no other is believed any more."""

    keeper: KeyKeeper

    async def run(self, request: WhenToRotate, call: Call) -> KeysInUse:
        with call.step("Making a key to sign at once" if request.at_once else "Making a key to sign next"):
            stored = await self.keeper.rotate(Entry.of(call, ROTATE).by("operator"), now=request.at_once)
        return _in_use(stored, self.keeper.keyring.clock())


@dataclass(frozen=True, slots=True)
class ListKeys:
    keeper: KeyKeeper

    async def run(self, _: Nothing, call: Call) -> KeysInUse:
        with call.step("Looking at the stored keys"):
            await self.keeper.look()
        return _in_use(self.keeper.keyring.stored, self.keeper.keyring.clock())


def _in_use(stored: Sequence[StoredKey], now: datetime) -> KeysInUse:
    signing = rotation.signing(stored, now)
    return KeysInUse(keys=tuple(_told(key, signing, now) for key in stored))


def _told(key: StoredKey, signing: StoredKey, now: datetime) -> KeyInUse:
    use = "signs" if key is signing else "signs next" if key.signs_from > now else "verifies"
    return KeyInUse(kid=key.kid, signs_from=key.signs_from, use=use)
