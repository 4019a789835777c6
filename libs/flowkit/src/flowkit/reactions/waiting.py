"""What reactions wait for: told once when it begins, once when it is over."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import structlog

from flowkit.service.declare import Transactions

_NOBODY: Final = ""
_log = structlog.get_logger("flowkit.reactions")


class _Undone(Exception):
    """It was only to see whether it can be done."""


@dataclass(slots=True)
class Waiting:
    """`what` is waited for by one or by many; those who say so after the first are not told of."""

    what: str
    _who: set[str] = field(default_factory=set[str])

    def begin(self, who: str, **told: object) -> None:
        if not self._who:
            _log.warning("events wait", waiting_for=self.what, **told)
        self._who.add(who)

    def over(self, who: str) -> None:
        if who not in self._who:
            return
        self._who.discard(who)
        if not self._who:
            _log.info("events wait no longer", waiting_for=self.what)


@dataclass(slots=True)
class Ground:
    """Whether the database is there. Once that is in doubt nothing is pulled until it is known again: attempts are
    not spent on an outage."""

    store: Transactions[Any]
    ask_again_s: float
    is_in_doubt: bool = False
    _waiting: Waiting = field(default_factory=lambda: Waiting("the database"))
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def doubt(self) -> None:
        self.is_in_doubt = True

    async def firm(self) -> None:
        """Returns once a transaction can be opened, and a mark be written in it."""
        if not self.is_in_doubt:
            return
        async with self._asking:
            while self.is_in_doubt:
                if not await self._holds():
                    await asyncio.sleep(self.ask_again_s)
                    continue
                self.is_in_doubt = False
                self._waiting.over("")

    async def _holds(self) -> bool:
        try:
            await self._mark_and_undo()
        except _Undone:
            return True
        except Exception as fault:  # noqa: BLE001 - whatever it is, nothing can be done here until it is over
            self._waiting.begin("", fault=type(fault.__cause__ or fault).__name__)
        return False

    async def _mark_and_undo(self) -> None:
        """A standby, or a database that is not up to date, opens transactions and takes no mark."""
        async with self.store.transaction() as tx:
            await tx.mark_done(_NOBODY, str(uuid4()))
            raise _Undone
