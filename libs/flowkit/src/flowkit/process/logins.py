"""The part of a service where people sign in: the throttle over its own database, pruned as time goes by."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from flowkit.chores import alongside
from flowkit.contract import FlowError
from flowkit.postgres import Store
from flowkit.postgres.login_histories import LoginHistories
from flowkit.process.hashing import HashingSettings
from flowkit.process.host import Host
from flowkit.security.login_history import WINDOW_S
from flowkit.security.passwords import Passwords
from flowkit.security.signing_in import SigningIn
from flowkit.security.throttle import Entry, Page, Source, Throttle

_PRUNE_EVERY_S = 60.0
_MOST_AT_ONCE = 10_000
_log = structlog.get_logger("flowkit.process")


@dataclass(frozen=True, slots=True)
class StoredHistories:
    """The throttle's words for what PostgreSQL keeps."""

    kept: LoginHistories

    async def read(self, account: bytes, source: Source) -> Page:
        stored = await self.kept.read(account, source.key, source.wears_off)
        return Page(stored.now, stored.version, stored.history, stored.spent)

    async def write(self, entry: Entry) -> float | None:
        source = {"source": entry.source.key, "wears_off": entry.source.wears_off}
        return await self.kept.write(**asdict(entry) | source)


async def open_signing_in[Settings: HashingSettings](
    mine: Host[Settings], store: Store[Any], passwords: Passwords
) -> SigningIn:
    kept = LoginHistories(store)
    await mine.open("the login throttle", alongside("pruning login histories", lambda: _prune(kept)))
    throttle = Throttle(StoredHistories(kept), mine.settings.login_failures_per_address)
    refusal_s = mine.settings.password_refusal_ms / 1000
    return SigningIn(passwords, throttle, refusal_s, mine.metrics.logins_refused())


async def _prune(kept: LoginHistories) -> None:
    while True:
        try:
            gone = await kept.prune(idle_s=WINDOW_S, most=_MOST_AT_ONCE)
        except FlowError as fault:
            gone = 0
            _log.warning("old login histories are still there", error_code=fault.code)
        if gone < _MOST_AT_ONCE:
            await asyncio.sleep(_PRUNE_EVERY_S)
