"""Looks after the keys: makes new ones when it is time, drops those that are over, hears of what others did."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from flowkit.audit import Entry
from flowkit.chores import alongside
from flowkit.contract import FlowError
from flowkit.security.tokens import PublicKeys

from auth_service.keyring import Keyring
from auth_service.ports import Change, Decide, KeyStore, StoredKey
from auth_service.rotation import Rotation, at_once
from auth_service.seal import WrongKey

LOOK_EVERY_S = 5.0
ROTATE = "keys.rotate"
_log = structlog.get_logger("auth")


@dataclass(slots=True)
class KeyKeeper:
    """Replicas agree without a word between them: what is stored decides, and each looks at it every few seconds."""

    store: KeyStore
    rotation: Rotation
    keyring: Keyring
    look_every_s: float = LOOK_EVERY_S
    on_change: Callable[[PublicKeys], object] | None = None

    @classmethod
    async def open(cls, store: KeyStore, rotation: Rotation) -> "KeyKeeper":
        """On the very first start, with a new key."""
        keeper = cls(store, rotation, Keyring(await store.change(rotation.due)))
        keeper.keyring.look_again = keeper.look
        return keeper

    async def look(self) -> None:
        """Hold what is stored; where the schedule asks for a change, make it. Without a database all stays as it is."""
        try:
            stored = await self.store.all()
            if self.rotation.due(stored, self.keyring.clock()):
                stored = await self.store.change(self.rotation.due)
            self.hold(stored)
        except (FlowError, WrongKey) as fault:
            _log.warning("the keys could not be looked at", fault=type(fault).__name__)

    async def rotate(self, entry: Entry, *, now: bool) -> Sequence[StoredKey]:
        """By command: after the usual notice, or at once. The audit log tells of it where there was anything to do."""
        self.hold(await self.store.change(_told(at_once if now else self.rotation.another, entry)))
        return self.keyring.stored

    def hold(self, stored: Sequence[StoredKey]) -> None:
        before, after = ({key.kid for key in keys} for keys in (self.keyring.stored, stored))
        if before != after:
            _log.info("keys changed", new=sorted(after - before), gone=sorted(before - after))
        self.keyring.hold(stored)
        if before != after and self.on_change is not None:
            self.on_change(self.keyring.public)

    def keeping(self) -> AbstractAsyncContextManager[None]:
        return alongside("looking after the keys", self._keep)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self.look_every_s)
            await self.look()


def _told(decide: Decide, entry: Entry) -> Decide:
    def decided(keys: Sequence[StoredKey], now: datetime) -> Change:
        change = decide(keys, now)
        return replace(change, entries=(entry,)) if change else change

    return decided
