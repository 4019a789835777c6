"""Lines become trees: under each call whoever answered it, under each event whoever acted on it."""

from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import islice

from flowctl.tree.line import FLOW, REQUEST, Line
from flowctl.tree.tree import Actors, Tree, nobody

# Lines of different processes arrive in any order; a root waits this long for the rest of its tree.
PATIENCE_S = 0.2
# For what comes of its events, which nobody waits for, it waits longer; what is later still is a tree of its own.
EVENTS_PATIENCE_S = 2.0
# What is put off, as the sending of a message is, is told of nowhere before; so long after the last line it may come.
SETTLED_S = 0.25
# A branch whose root has not come by then has none, or one that gave up on it.
FORGOTTEN_AFTER_S = 10.0
MOST_BRANCHES = 10_000
MOST_ROOTS = 5_000
MOST_SHOWN = 50_000
# No chain of services is as long: one that is bites its own tail.
DEEPEST = 40


@dataclass(slots=True)
class _Root:
    line: Line
    came: float
    touched: float
    """When a line of its trace came last."""
    tree: Tree
    is_whole: bool = False

    def is_grown(self, now: float) -> bool:
        if not self.tree.has_events:
            return self.is_whole or now - self.came >= PATIENCE_S
        is_settled = self.is_whole and now - self.touched >= SETTLED_S
        return is_settled or now - self.came >= EVENTS_PATIENCE_S


@dataclass(slots=True)
class Forest:
    """`services` are the callers whose calls are branches; a flow that anyone else called is a root. `actors` says by
    an event's name which services act on it."""

    services: Collection[str]
    actors: Actors = nobody
    _branches: OrderedDict[str, list[tuple[float, Line]]] = field(
        default_factory=OrderedDict[str, list[tuple[float, Line]]]
    )
    _roots: deque[_Root] = field(default_factory=lambda: deque[_Root](maxlen=MOST_ROOTS))
    _touched: dict[str | None, float] = field(default_factory=dict[str | None, float])
    _shown: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])

    def add(self, line: Line, now: float) -> None:
        hangs_on = line.hangs_on
        if self._is_a_root(line):
            self._roots.append(_Root(line, now, now, Tree(line)))
        elif (line.event == FLOW or line.follows) and hangs_on:
            self._branches.setdefault(hangs_on, []).append((now, line))
            if len(self._branches) > MOST_BRANCHES:
                self._branches.popitem(last=False)
        else:
            return
        self._touched[line.trace_id] = now

    def grown(self, now: float) -> list[Tree]:
        """The trees that are whole, or have waited long enough."""
        done: list[Tree] = []
        for _ in range(len(self._roots)):
            root = self._roots.popleft()
            self._tend(root)
            if root.is_grown(now):
                done.append(self._cut(root.tree))
            else:
                self._roots.append(root)
        self._touched.clear()
        return done + self._forgotten(now)

    def _is_a_root(self, line: Line) -> bool:
        if line.event == REQUEST:
            return True
        if line.event == FLOW:
            return line.caller not in self.services or line.parent_span_id is None
        # Where it has no parent it is so much later that its trace is its own.
        is_of_its_own = line.parent_span_id is None or not line.hangs_on
        return line.follows and (is_of_its_own or line.hangs_on in self._shown)

    def _tend(self, root: _Root) -> None:
        """Only what a line may have been added to since is grown anew: many may be waiting."""
        touched = self._touched.get(root.line.trace_id)
        if touched is not None:
            root.touched = touched
            root.tree = self._grow(root.line)
            root.is_whole = root.tree.is_whole(self.actors)

    def _grow(self, line: Line, depth: int = 0) -> Tree:
        if depth == DEEPEST:
            return Tree(line)
        answers = {call.span_id: self._hanging(call.span_id, depth)[-1:] for call in line.calls}
        acted = {event.event_id: self._hanging(event.event_id, depth) for event in line.announced}
        return Tree(
            line,
            {span_id: answer[0] for span_id, answer in answers.items() if answer},
            {event_id: trees for event_id, trees in acted.items() if trees},
            self._hanging(line.span_id, depth),
        )

    def _hanging(self, hook: str | None, depth: int) -> tuple[Tree, ...]:
        lines = () if hook is None else self._branches.get(hook, ())
        return tuple(self._grow(line, depth + 1) for _, line in lines)

    def _cut(self, tree: Tree) -> Tree:
        """Taken away; what may come late of it is known to belong to what has been shown."""
        for each in tree.every():
            hooks = [event.event_id for event in each.line.announced]
            hooks += [each.line.span_id] if each.line.follows and each.line.span_id else []
            for hook in (*hooks, *each.branches, *each.acted):
                self._branches.pop(hook, None)
            self._shown.update(dict.fromkeys(hooks))
        for hook in list(islice(self._shown, max(0, len(self._shown) - MOST_SHOWN))):
            del self._shown[hook]
        return tree

    def _forgotten(self, now: float) -> list[Tree]:
        left: list[Tree] = []
        while self._branches and now - next(iter(self._branches.values()))[0][0] > FORGOTTEN_AFTER_S:
            _, lines = self._branches.popitem(last=False)
            left += [self._cut(self._grow(line)) for _, line in lines]
        return left
