"""A tree as a person reads it: who did what, when, for how long, and how it ended."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from flowctl.tree.line import Announced, CallMade, Line, Step
from flowctl.tree.tree import Actors, Tree, nobody

DIM, GOOD, BAD, FAULT = "dim", "green", "yellow", "red"
CLIENTS_FAULT, SERVERS_FAULT = 400, 500
_LONG_MS = 1000
_OUTCOMES = {"done": GOOD, "duplicate": GOOD, "sent": GOOD, "again": BAD, "put_off": BAD}
# What is written to a terminal must not be able to command it.
_UNPRINTABLE = dict.fromkeys((*range(9), *range(10, 32), *range(127, 160)), "�")


@dataclass(frozen=True, slots=True)
class _Twig:
    """One entry of a tree, and all that hangs on it: each of `below` began so long after the root."""

    at_ms: float
    shown: Text
    below: tuple["_Twig", ...] = ()


def picture(tree: Tree, actors: Actors = nobody) -> Text:
    """`actors` says by an event's name who is to act on it: who has not yet is named."""
    return Text("\n").join([_heading(tree.line), *_drawn(_Sketch(actors).twigs(tree, 0.0), "")])


def printable(text: str) -> str:
    return text.translate(_UNPRINTABLE)


def sentence(step: str) -> Text:
    return Text(printable(step), _mood(step))


def outcome(text: Text, status: int | None, error_code: str | None, ms: float) -> Text:
    """`text`, and after it how it ended and how long it took."""
    text.append(f"{status or '-'}", _colour(status))
    if error_code:
        text.append(f" {printable(error_code)}", _colour(status))
    return text.append(f"  {_ms(ms)}", DIM)


def _heading(line: Line) -> Text:
    what = f"{line.method} {line.route or line.path or '-'}" if line.method else f"{line.service} · {line.flow}"
    text = _named(what, line, "bold")
    if line.follows and line.age_ms is not None:
        caused = f"{printable(line.caller)} announced it" if line.caller else "it was put off"
        text.append(f"  {_long(line.age_ms)} after {caused}", DIM)
    return text.append(f"  {line.trace_id or ''}", DIM)


def _named(what: str, line: Line, style: str = "") -> Text:
    text = Text().append(printable(what), style).append("  ")
    if line.cut_off:
        return text.append("cut off, its process died", FAULT).append(f"  {_ms(line.duration_ms)}", DIM)
    if line.outcome is None:
        return outcome(text, line.status, line.error_code, line.duration_ms)
    text.append(printable(" ".join(filter(None, (line.outcome, line.reason)))), _OUTCOMES.get(line.outcome, FAULT))
    text.append(f"  {_ms(line.duration_ms)}", DIM)
    if line.attempt > 1 or line.again_in_ms is not None:
        text.append(f"  attempt {line.attempt}", DIM)
    return text if line.again_in_ms is None else text.append(f", the next in {_long(line.again_in_ms)}", DIM)


def _drawn(twigs: list[_Twig] | tuple[_Twig, ...], guide: str) -> Iterator[Text]:
    for number, twig in enumerate(twigs):
        is_last = number == len(twigs) - 1
        yield Text().append(guide + ("└─ " if is_last else "├─ "), DIM) + twig.shown
        yield from _drawn(twig.below, guide + ("   " if is_last else "│  "))


@dataclass(frozen=True, slots=True)
class _Sketch:
    actors: Actors

    def twigs(self, tree: Tree, began_ms: float) -> tuple[_Twig, ...]:
        """In the order they happened; `began_ms` is how long after the root that was."""
        line = tree.line
        twigs = [
            *(_Twig(began_ms + step.at_ms, _step(step, began_ms + step.at_ms)) for step in line.steps),
            *(self._called(tree, call, began_ms + call.at_ms) for call in line.calls),
            *(self._announced(tree, event, began_ms) for event in line.announced),
            *(self._followed(tree, later, began_ms + line.duration_ms, began_ms) for later in tree.later),
        ]
        return tuple(sorted(twigs, key=lambda twig: twig.at_ms))

    def _called(self, tree: Tree, call: CallMade, at_ms: float) -> _Twig:
        branch = tree.branches.get(call.span_id)
        if branch is None:
            return _Twig(at_ms, _unanswered(call))
        return _Twig(at_ms, _named(_who(branch.line), branch.line), self.twigs(branch, at_ms))

    def _announced(self, tree: Tree, event: Announced, began_ms: float) -> _Twig:
        at_ms = began_ms + event.at_ms
        acted = [self._followed(tree, each, at_ms, began_ms) for each in tree.acted.get(event.event_id, ())]
        missing = [_Twig(math.inf, _awaited(service)) for service in sorted(tree.awaited(event, self.actors))]
        below = sorted([*acted, *missing], key=lambda twig: twig.at_ms)
        return _Twig(at_ms, Text(printable(event.event), "bold"), tuple(below))

    def _followed(self, tree: Tree, branch: Tree, at_ms: float, began_ms: float) -> _Twig:
        after = branch.line.began_after(tree.line)
        began = at_ms if after is None else max(at_ms, began_ms + after)
        return _Twig(began, _named(_who(branch.line), branch.line), self.twigs(branch, began))


def _who(line: Line) -> str:
    return f"{line.service} · {line.flow}"


def _step(step: Step, at_ms: float) -> Text:
    text = Text().append(f"{_ms(at_ms):>9}  ", DIM).append_text(sentence(step.step))
    return text if step.ms is None else text.append(f"  took {_ms(step.ms)}", DIM)


def _unanswered(call: CallMade) -> Text:
    text = Text(printable(call.flow)).append(f"  {printable(call.error_code or 'not heard of')}", FAULT)
    return text.append(f"  {_ms(call.ms)}", DIM)


def _awaited(service: str) -> Text:
    return Text(service).append("  has not acted on it yet", BAD)


def _mood(step: str) -> str:
    if step == "SUCCESS":
        return GOOD
    if step.startswith("ERROR"):
        return FAULT
    return BAD if step.startswith(("REJECTED", "PUT OFF")) else ""


def _colour(status: int | None) -> str:
    if status is None or status >= SERVERS_FAULT:
        return FAULT
    return BAD if status >= CLIENTS_FAULT else GOOD


def _long(ms: float) -> str:
    return _ms(ms) if ms < _LONG_MS else f"{ms / 1000:.1f} s"


def _ms(ms: float) -> str:
    return f"{ms:.1f} ms"
