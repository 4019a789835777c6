"""A process that NATS does not let in any more ends, so that its supervisor starts one that reads them anew."""

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from flowkit.process.lifecycle import Stop

_log = structlog.get_logger("flowkit.process")


class _Refusable(Protocol):
    @property
    def refused_for(self) -> float: ...


@dataclass(slots=True)
class CredentialsWatch:
    """`patience` is for a server that is being set up, or is told of a change a moment before us."""

    bus: _Refusable
    stop: Stop
    patience: float = 10.0
    look_every: float = 0.5
    has_ended_it: bool = False

    async def end(self, body: asyncio.Task[Any]) -> None:
        """Stop in order where the body can, else break it off."""
        while self.bus.refused_for < self.patience:  # noqa: ASYNC110  time passes, nothing else happens
            await asyncio.sleep(self.look_every)
        self.has_ended_it = True
        _log.critical(
            "ending, since nats does not let us in: NATS_URL must carry the user and password it has now",
            refused_for_s=round(self.bus.refused_for, 1),
        )
        if self.stop.is_handled:
            self.stop.tell()
        else:
            body.cancel()
