"""The database that reactions act in: while it is away, they wait."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from flowkit.reactions.waiting import Waiting
from flowkit.service.declare import Transactions

_NOBODY: Final = ""


class _Undone(Exception):
    """It was only to see whether it can be done."""


@dataclass(slots=True)
class Database:
    """What reactions act in, and whether it is there. Once that is in doubt nothing is pulled until it is known again:
    attempts are not spent on an outage."""

    store: Transactions[Any]
    ask_again_s: float
    is_in_doubt: bool = False
    _waiting: Waiting = field(default_factory=lambda: Waiting("the database"))
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def doubt(self) -> None:
        self.is_in_doubt = True

    async def available(self) -> None:
        """Returns once a transaction can be opened, and a mark be written in it."""
        if not self.is_in_doubt:
            return
        async with self._asking:
            while self.is_in_doubt:
                if not await self._takes_a_mark():
                    await asyncio.sleep(self.ask_again_s)
                    continue
                self.is_in_doubt = False
                self._waiting.over(_NOBODY)

    async def _takes_a_mark(self) -> bool:
        try:
            await self._mark_and_undo()
        except _Undone:
            return True
        except Exception as fault:  # noqa: BLE001 - whatever it is, nothing can be done here until it is over
            self._waiting.begin(_NOBODY, fault=type(fault.__cause__ or fault).__name__)
        return False

    async def _mark_and_undo(self) -> None:
        """A standby, or a database that is not up to date, opens transactions and takes no mark."""
        async with self.store.transaction() as tx:
            await tx.mark_done(_NOBODY, str(uuid4()))
            raise _Undone
