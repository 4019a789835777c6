"""Whoever comes after a dead process takes its black box, and tells what was in it."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from threading import Event
from typing import Any, Final

import structlog

from flowkit.telemetry.box.file import FoundFile, Locked, boxes_in, sweep
from flowkit.telemetry.box.layout import HEAD, Foreign, Layout, Owner, owner_of
from flowkit.telemetry.box.left import Estate, Left

type Tell = Callable[[Owner, Sequence[Left]], bool]
"""Hands spans over to a collector; whether it took them."""

_BATCH: Final = 512
# A service that dies again and again while no collector listens must not fill a disk.
_MOST_BOXES: Final = 8
_PATIENCE_S: Final = 3600.0
_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0


@dataclass(slots=True)
class Heir:
    """Works in a thread of its own. What it has not come to tell before it is stopped is left to the next one."""

    folder: Path
    service: str
    tell: Tell
    say: Callable[[Estate], None]
    cut_off: int = 0
    _stopped: Event = field(default_factory=Event)
    _log: Any = field(default_factory=lambda: structlog.get_logger("flowkit.telemetry"))

    def run(self) -> None:
        try:
            with ExitStack() as held:
                sweep(self.folder, self.service)
                for file, estate in self._found(held):
                    self._hand_over(file, estate)
        except Exception as fault:  # noqa: BLE001 - a process lives without its predecessor's papers
            self._log.warning("black boxes cannot be read", folder=str(self.folder), reason=repr(fault))

    def stop(self) -> None:
        self._stopped.set()

    def _found(self, held: ExitStack) -> Sequence[tuple[FoundFile, Estate]]:
        """Each is told of in the log before any is sent: that need not wait for a collector."""
        found = deque[tuple[FoundFile, Estate]]()
        for file in self._taken(held):
            estate = self._read(file)
            if estate is None:
                continue
            self._say_once(file, estate)
            if not estate.to_send:
                file.remove()
                continue
            found.append((file, estate))
            if len(found) > _MOST_BOXES:
                self._pass_over(*found.popleft())
        return found

    def _say_once(self, file: FoundFile, estate: Estate) -> None:
        """Whoever came before us may have said it, and found nobody to send it to."""
        if not file.is_said:
            self.cut_off += len(estate.cut_off)
            self.say(estate)
            file.mark_said()

    def _pass_over(self, file: FoundFile, estate: Estate) -> None:
        reason = "there are newer ones"
        self._log.warning("black box removed unsent", file=file.path.name, spans=len(estate.to_send), reason=reason)
        file.remove()

    def _taken(self, held: ExitStack) -> Iterator[FoundFile]:
        for path in boxes_in(self.folder, self.service):
            try:
                file = FoundFile.take(path)
            except (Locked, FileNotFoundError):
                continue
            except OSError as fault:
                self._log.warning("black box cannot be opened", file=path.name, reason=str(fault))
                continue
            held.callback(file.release)
            yield file

    def _read(self, file: FoundFile) -> Estate | None:
        try:
            owner = owner_of(file.read(HEAD))
            return Estate.of(owner, file.read(Layout.of(owner).size))
        except (Foreign, OSError) as fault:
            put = file.put_away()
            self._log.warning("black box cannot be read", file=file.path.name, kept_as=put.name, reason=str(fault))
            return None

    def _hand_over(self, file: FoundFile, estate: Estate) -> None:
        layout = Layout.of(estate.owner)
        for batch in batched(estate.to_send.items(), _BATCH):
            if not self._is_told(estate.owner, [left for _, left in batch]):
                return
            for slot, _ in batch:
                file.empty(layout, slot)
        file.remove()

    def _is_told(self, owner: Owner, spans: Sequence[Left]) -> bool:
        """Or given up; False where we are stopped before."""
        pause, until = _PAUSE_S, time.monotonic() + _PATIENCE_S
        while not self.tell(owner, spans):
            if self._stopped.wait(pause):
                return False
            if time.monotonic() > until:
                self._log.warning("spans of a dead process given up", spans=len(spans), reason="no collector took them")
                return True
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        return True
