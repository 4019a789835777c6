"""Lines become trees: a root and, under each call it made, the line of whoever answered."""

from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from flowctl.tree.line import FLOW, REQUEST, CallMade, Line

# Lines of different processes arrive in any order; a root waits this long for the rest of its tree.
PATIENCE_S = 0.2
# A branch whose root has not come by then has none, or one that gave up on it.
FORGOTTEN_AFTER_S = 10.0
MOST_BRANCHES = 10_000
MOST_ROOTS = 5_000


@dataclass(frozen=True, slots=True)
class Tree:
    line: Line
    branches: dict[str, "Tree"] = field(default_factory=dict[str, "Tree"])

    @property
    def is_whole(self) -> bool:
        missing = [call for call in self.line.calls if call.span_id not in self.branches and call.error_code is None]
        return not missing and all(branch.is_whole for branch in self.branches.values())


@dataclass(slots=True)
class Forest:
    """`services` are the callers whose calls are branches; a flow that anyone else called is a root."""

    services: Collection[str]
    _branches: OrderedDict[str, tuple[float, Line]] = field(default_factory=OrderedDict[str, tuple[float, Line]])
    _roots: deque[tuple[float, Line]] = field(default_factory=lambda: deque[tuple[float, Line]](maxlen=MOST_ROOTS))

    def add(self, line: Line, now: float) -> None:
        if line.event == REQUEST or (line.event == FLOW and self._is_called_from_outside(line)):
            self._roots.append((now, line))
        elif line.event == FLOW and line.parent_span_id:
            self._branches[line.parent_span_id] = (now, line)
            if len(self._branches) > MOST_BRANCHES:
                self._branches.popitem(last=False)

    def grown(self, now: float) -> list[Tree]:
        """The trees that are whole, or have waited long enough."""
        done: list[Tree] = []
        for _ in range(len(self._roots)):
            came, line = self._roots.popleft()
            tree = self._grow(line)
            if tree.is_whole or now - came >= PATIENCE_S:
                self._cut(tree)
                done.append(tree)
            else:
                self._roots.append((came, line))
        return done + self._forgotten(now)

    def _is_called_from_outside(self, line: Line) -> bool:
        return line.caller not in self.services or line.parent_span_id is None

    def _grow(self, line: Line) -> Tree:
        return Tree(line, {call.span_id: self._grow(self._branches[call.span_id][1]) for call in self._known(line)})

    def _known(self, line: Line) -> list[CallMade]:
        return [call for call in line.calls if call.span_id in self._branches]

    def _cut(self, tree: Tree) -> None:
        for span_id, branch in tree.branches.items():
            self._branches.pop(span_id, None)
            self._cut(branch)

    def _forgotten(self, now: float) -> list[Tree]:
        left: list[Tree] = []
        while self._branches and now - next(iter(self._branches.values()))[0] > FORGOTTEN_AFTER_S:
            _, (_, line) = self._branches.popitem(last=False)
            left.append(Tree(line))
        return left
