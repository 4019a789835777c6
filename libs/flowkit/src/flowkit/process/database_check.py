"""A database that answers is not enough: it must also keep what it has committed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from flowkit.contract import Unavailable
from flowkit.postgres import LOST_WITHOUT

POLL_S = 0.5
_TO_DO = (
    "turn them on in PostgreSQL's configuration and reload it; where nothing stored matters, LOSSY_DATABASE=allowed"
)
_log = structlog.get_logger("flowkit.postgres")


class MayLose(Exception):
    """The database may lose what it has committed, and nobody said that it may."""


@dataclass(slots=True)
class DatabaseCheck:
    """With every check, not once: a server may be started again with other settings."""

    look: Callable[[], Awaitable[tuple[str, ...]]]
    """One round trip: the settings that should be on and are not."""
    lossy_allowed: bool
    _told: tuple[str, ...] = field(default=(), init=False)

    async def check(self) -> None:
        off = await self.look()
        if off != self._told:
            self._told = off
            self._tell(off)
        if off and not self.lossy_allowed:
            raise MayLose(", ".join(off))

    async def until_kept(self) -> None:
        """Nothing is acknowledged before: whoever mends the settings need not start the service again."""
        while True:
            try:
                await self.check()
            except (MayLose, Unavailable):
                await asyncio.sleep(POLL_S)
            else:
                return

    def _tell(self, off: tuple[str, ...]) -> None:
        if not off:
            _log.info("the database keeps what it has committed")
            return
        settings = {name: f"off: {LOST_WITHOUT[name]}" for name in off}
        if self.lossy_allowed:
            _log.warning("the database may lose what it has committed; LOSSY_DATABASE allows it", settings=settings)
        else:
            _log.error("the database may lose what it has committed: not ready", settings=settings, to_do=_TO_DO)
