"""What a relay has taken, being sent: keys side by side, the events of each one after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from flowkit.outbox.row import Row
from flowkit.outbox.sending import is_refused

BEGIN_FOR_S: Final = 0.5
"""For how long further events are begun with: with what the last may take, no longer than a transaction may idle."""


@dataclass(slots=True)
class Batch:
    send: Callable[[Row], Awaitable[None]]
    stored: list[Row] = field(default_factory=list[Row])
    refused: list[tuple[Row, Exception]] = field(default_factory=list[tuple[Row, Exception]])
    fault: Exception | None = None
    """Why no more were sent, where there is a reason that is not an event's own."""

    async def run(self, rows: Sequence[Row]) -> None:
        lanes: dict[str, list[Row]] = {}
        for row in rows:
            lanes.setdefault(row.key, []).append(row)
        until = time.monotonic() + BEGIN_FOR_S
        async with asyncio.TaskGroup() as group:
            for lane in lanes.values():
                group.create_task(self._send(lane, until))

    async def _send(self, lane: Sequence[Row], until: float) -> None:
        """After a failure the rest of its key waits, whatever the failure."""
        for row in lane:
            if self.fault is not None or time.monotonic() > until:
                return
            try:
                await self.send(row)
            except Exception as fault:  # noqa: BLE001  the relay judges it; what was stored is to be removed first
                self._failed(row, fault)
                return
            self.stored.append(row)

    def _failed(self, row: Row, fault: Exception) -> None:
        if is_refused(fault):
            self.refused.append((row, fault))
        else:
            self.fault = self.fault or fault
