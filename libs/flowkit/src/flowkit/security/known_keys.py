"""The public keys a process knows: asked for on first need, when an unknown one turns up, and every so often."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from flowkit.contract import FlowError
from flowkit.security.tokens import PublicKeys, UnknownKey

# Junk key ids must not turn into a storm of questions to auth: after one that was in vain there is a pause.
_REFETCH_AFTER_S = 2.0
# For so long a key that auth has dropped is still believed.
_KEPT_S = 30.0
_log = structlog.get_logger("flowkit.security")


@dataclass(slots=True)
class KnownKeys:
    """`fetch` asks auth; `on_loss` is told when a key is gone, and with it whatever it has proven."""

    fetch: Callable[[], Awaitable[PublicKeys]]
    on_loss: Callable[[], None]
    kept_s: float = _KEPT_S
    _keys: PublicKeys = field(default_factory=dict[str, Ed25519PublicKey])
    _fetched_at: float = float("-inf")
    _in_vain_at: float = float("-inf")
    _fetching: asyncio.Task[None] | None = None

    async def prove[Found](self, judge: Callable[[PublicKeys], Found]) -> Found:
        try:
            return judge(self._keys)
        except UnknownKey:
            await self.refresh()
            return judge(self._keys)

    def renew_if_old(self) -> None:
        """Beside the request that notices: it does not wait."""
        if self._keys and self._fetching is None and time.monotonic() - self._fetched_at > self.kept_s:
            self._begin()

    async def refresh(self) -> None:
        """Ask for the keys, once however many are waiting."""
        if self._fetching is None and time.monotonic() - self._in_vain_at < _REFETCH_AFTER_S:
            return
        await asyncio.shield(self._fetching or self._begin())

    def _begin(self) -> asyncio.Task[None]:
        """A task of its own carries no request's trace or deadline."""
        self._fetching = asyncio.get_running_loop().create_task(self._fetch(), context=Context())
        self._fetching.add_done_callback(_heed)
        return self._fetching

    async def _fetch(self) -> None:
        try:
            found = await self.fetch()
        except FlowError as fault:
            _log.warning("public keys could not be fetched", error_code=fault.code)
            raise
        else:
            if not self.learn(found):
                self._in_vain_at = self._fetched_at
        finally:
            self._fetching = None

    def learn(self, found: PublicKeys) -> bool:
        """These and no others are the keys from now on; whether any of them is new."""
        lost, new = self._keys.keys() - found.keys(), found.keys() - self._keys.keys()
        self._keys, self._fetched_at = found, time.monotonic()
        if lost:
            self.on_loss()
        return bool(new)


def _heed(fetching: asyncio.Task[None]) -> None:
    """Whoever waited may be gone; its fault was logged where it happened."""
    if not fetching.cancelled():
        fetching.exception()
