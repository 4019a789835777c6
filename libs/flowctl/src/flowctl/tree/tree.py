"""A tree: a line, and all that came of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flowctl.tree.line import Line


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

    def is_whole(self, actors: Callable[[str], frozenset[str]]) -> bool:
        """Whether all is there that its lines tell of; `actors` says who acts on an event."""
        return all(each.has_its_calls() and not each.awaited(actors) for each in self.every())

    def has_its_calls(self) -> bool:
        return all(call.span_id in self.branches for call in self.line.calls if call.error_code is None)

    def awaited(self, actors: Callable[[str], frozenset[str]]) -> frozenset[str]:
        """Who is to act on what was announced, and has not; what has failed may have announced nothing after all."""
        if self.line.error_code is not None or (self.line.outcome is not None and self.line.has_failed):
            return frozenset()
        none = frozenset[str]()
        return none.union(*(actors(each.event) - self._done_with(each.event_id) for each in self.line.announced))

    def _done_with(self, event_id: str) -> set[str]:
        return {tree.line.service for tree in self.acted.get(event_id, ()) if tree.line.is_final}
