"""Which dead letters are meant."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from contracts.bus import PARTICIPANTS

from flowctl.failure import WRONGLY_ASKED, Failure

_SERVICES: Final = frozenset(each.name for each in PARTICIPANTS)
_EVENTS: Final = frozenset(event.name for each in PARTICIPANTS for event in (*each.announces, *each.reacts_to))


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of them, unless told."""

    service: str | None = None
    event: str | None = None

    @classmethod
    def asked(cls, service: str | None, event: str | None) -> Self:
        """Raises Failure where nothing is called that: a variable of the shell that is not set does not mean all."""
        _refuse_unless_known("service", service, _SERVICES)
        _refuse_unless_known("event", event, _EVENTS)
        return cls(service, event)

    @property
    def subject(self) -> str:
        whose = "*" if self.service is None else self.service
        return f"dead.{whose}.>" if self.event is None else f"dead.{whose}.{self.event}.*.*"

    def __str__(self) -> str:
        whose = "" if self.service is None else f" of {self.service}"
        return f"dead letters{whose}" + ("" if self.event is None else f" for {self.event}")


def _refuse_unless_known(what: str, name: str | None, known: Collection[str]) -> None:
    if name is None or name in known:
        return
    alike = difflib.get_close_matches(name, known)
    hint = f"; did you mean {alike[0]}?" if alike else f": there are {', '.join(sorted(known))}"
    raise Failure(f"no {what} is called {name or 'nothing'}{hint}", WRONGLY_ASKED)
