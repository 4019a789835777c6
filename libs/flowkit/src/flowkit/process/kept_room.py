"""Room in the stream of events, made where it fills, and told: how much, or who keeps it from being made."""

from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from flowkit.bus import BusError
from flowkit.streams.room import Holder, Made, Room

EVERY_S = 5.0
"""The quarter that is left when it fills has to last for longer."""
_WAITS: Final = "it has not acted on what follows"
_NOT_THERE: Final = "it is declared and not there, and would begin with the first"
_UNDECLARED: Final = "it has not acted on what follows, and nobody declares it: if nobody needs it, remove it"
_log = structlog.get_logger("flowkit.streams")


@dataclass(slots=True)
class KeptRoom:
    room: Room
    every: float = EVERY_S
    removed: int = field(default=0, init=False)
    """Since the process began."""
    _told: str = field(default="", init=False)
    """Why there was none the last time."""

    async def look(self) -> None:
        try:
            made = await self.room.make()
        except BusError as fault:
            self._tell_none(str(fault) or type(fault).__name__)
            return
        if made.removed:
            self.removed += made.removed
            _log.info("room made in the stream", removed=made.removed, up_to=made.up_to, full=_share(made))
        if made.is_short and made.holder is not None:
            self._tell_held(made, made.holder)
        else:
            self._told = ""

    def _tell_held(self, made: Made, holder: Holder) -> None:
        why = _WAITS if holder.reader in self.room.declared else _UNDECLARED
        told = {"held_by": holder.reader, "acted_on_up_to": holder.up_to, "full": _share(made)}
        self._tell_none(why if holder.is_there else _NOT_THERE, **told)

    def _tell_none(self, reason: str, **told: Any) -> None:
        """Once, not each time."""
        which = f"{told.get('held_by')}: {reason}"
        if which != self._told:
            _log.warning("no room made in the stream", reason=reason, **told)
        self._told = which


def _share(made: Made) -> float:
    return round(made.full, 2)
