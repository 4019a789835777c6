"""What is refused before anything is done: noted at once, written soon, and bounded, so that no flood fills a disk."""

import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from flowkit.audit.entry import Entry

WINDOW_S: Final = 60.0
MOST: Final = 32

type Write = Callable[[Sequence[Entry]], Awaitable[None]]


class Noting(Protocol):
    def note(self, entry: Entry) -> None: ...


@dataclass(slots=True)
class _Alike:
    """Entries that differ in their time, trace and request alone."""

    first: Entry
    untold: int = 0
    is_told: bool = False

    def add(self, entry: Entry) -> None:
        if self.untold == 0:
            self.first = entry
        self.untold += entry.times


@dataclass(slots=True)
class Refusals:
    """Of what is alike, the first of a minute is written as it is, and all further ones of it as one that tells how
    many. Of more than `most` kinds a minute the rest is told as one of its action."""

    write: Write
    most: int = MOST
    window: float = WINDOW_S
    clock: Callable[[], float] = time.monotonic
    _kinds: dict[Hashable, _Alike] = field(default_factory=dict[Hashable, _Alike])
    _began: float = 0.0

    def note(self, entry: Entry) -> None:
        """Costs no time worth telling: a refusal of somebody known must not take longer than of somebody unknown."""
        if not self._kinds:
            self._began = self.clock()
        kind = _kind(entry)
        if kind not in self._kinds and len(self._kinds) >= self.most:
            entry = replace(entry, subject=None, client_network=None, trace_id=None, request_id=None)
            kind = (entry.action, entry.outcome)
        self._kinds.setdefault(kind, _Alike(entry)).add(entry)

    async def flush(self, *, all_of_it: bool = False) -> None:
        """What could not be written stays, to be tried again."""
        over = all_of_it or self.clock() - self._began >= self.window
        due = {
            kind: alike.untold for kind, alike in self._kinds.items() if alike.untold and (over or not alike.is_told)
        }
        if due:
            await self.write([replace(self._kinds[kind].first, times=times) for kind, times in due.items()])
        for kind, times in due.items():
            self._kinds[kind].untold -= times
            self._kinds[kind].is_told = True
        if over:
            self._began = self.clock()
            self._kinds = {
                kind: _Alike(alike.first, alike.untold) for kind, alike in self._kinds.items() if alike.untold
            }


def _kind(entry: Entry) -> Hashable:
    return entry.action, entry.outcome, entry.subject_kind, entry.subject, entry.client_network
