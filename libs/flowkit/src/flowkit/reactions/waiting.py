"""What reactions wait for: told once when it begins, once when it is over."""

from dataclasses import dataclass, field

import structlog

_log = structlog.get_logger("flowkit.reactions")


@dataclass(slots=True)
class Waiting:
    """`what` is waited for by one or by many; those who say so after the first are not told of."""

    what: str
    is_usual: bool = False
    """At the first start of a cluster; an alert says where it stays so."""
    _who: set[str] = field(default_factory=set[str])

    def begin(self, who: str, **told: object) -> None:
        if not self._who:
            say = _log.info if self.is_usual else _log.warning
            say("events wait", waiting_for=self.what, **told)
        self._who.add(who)

    def over(self, who: str) -> None:
        if who not in self._who:
            return
        self._who.discard(who)
        if not self._who:
            _log.info("events wait no longer", waiting_for=self.what)


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the readers of a service wait for; each is told once, however many wait."""

    nats: Waiting = field(default_factory=lambda: Waiting("nats"))
    consumer: Waiting = field(default_factory=lambda: Waiting("a consumer that is not there yet", is_usual=True))
