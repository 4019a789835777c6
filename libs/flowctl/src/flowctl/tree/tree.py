"""A tree: a line, and all that came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flowctl.tree.line import Announced, Line

type Actors = Callable[[str], frozenset[str]]
"""By an event's name, the services that act on it."""


def nobody(_: str) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Tree:
    line: Line
    branches: dict[str, "Tree"] = field(default_factory=dict[str, "Tree"])
    """By the span of the call that it answers."""
    acted: dict[str, tuple["Tree", ...]] = field(default_factory=dict[str, tuple["Tree", ...]])
    """By the id of the event: each time somebody acted on it, or tried to."""
    later: tuple["Tree", ...] = ()
    """What was put off, and done after it was over."""

    def every(self) -> Iterator["Tree"]:
        yield self
        for below in self._below():
            yield from below.every()

    def _below(self) -> Iterator["Tree"]:
        yield from self.branches.values()
        for acted in self.acted.values():
            yield from acted
        yield from self.later

    @property
    def has_events(self) -> bool:
        return any(tree.line.announced for tree in self.every())

    def is_whole(self, actors: Actors) -> bool:
        """Whether all is there that its lines tell of."""
        return all(each.lacks_nothing(actors) for each in self.every())

    def lacks_nothing(self, actors: Actors) -> bool:
        """Of what comes of its own line."""
        is_answered = all(call.span_id in self.branches for call in self.line.calls if call.error_code is None)
        return is_answered and not any(self.awaited(event, actors) for event in self.line.announced)

    def awaited(self, event: Announced, actors: Actors) -> frozenset[str]:
        """Who is to act on it, and has not; what failed may have announced nothing after all."""
        acted = self.acted.get(event.event_id, ())
        if not acted and (self.line.error_code is not None or (self.line.follows and self.line.has_failed)):
            return frozenset()
        return actors(event.event) - {each.line.service for each in acted if each.line.is_final}
