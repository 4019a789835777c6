"""A tree as a person reads it: who did what, when, for how long, and how it ended."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from flowctl.tree.forest import Tree
from flowctl.tree.line import CallMade, Line, Step

DIM, GOOD, BAD, FAULT = "dim", "green", "yellow", "red"
CLIENTS_FAULT, SERVERS_FAULT = 400, 500
# What is written to a terminal must not be able to command it.
_UNPRINTABLE = dict.fromkeys((*range(9), *range(10, 32), *range(127, 160)), "�")


@dataclass(frozen=True, slots=True)
class _Twig:
    """One entry of a tree: a step, or a call with all that hangs on it."""

    at_ms: float
    what: Step | CallMade


def picture(tree: Tree) -> Text:
    line = tree.line
    lines = [_heading(line), *_inside(tree, "", 0.0)]
    return Text("\n").join(lines)


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
    return _named(what, line, "bold").append(f"  {line.trace_id or ''}", DIM)


def _named(what: str, line: Line, style: str = "") -> Text:
    text = Text().append(printable(what), style).append("  ")
    return outcome(text, line.status, line.error_code, line.duration_ms)


def _inside(tree: Tree, guide: str, began_ms: float) -> Iterator[Text]:
    twigs = sorted([*map(_of_step, tree.line.steps), *map(_of_call, tree.line.calls)], key=lambda twig: twig.at_ms)
    for number, twig in enumerate(twigs):
        is_last = number == len(twigs) - 1
        here = Text().append(guide + ("└─ " if is_last else "├─ "), DIM)
        below = guide + ("   " if is_last else "│  ")
        at_ms = began_ms + twig.at_ms
        if isinstance(twig.what, Step):
            yield here + _step(twig.what, at_ms)
        elif (branch := tree.branches.get(twig.what.span_id)) is None:
            yield here + _unanswered(twig.what)
        else:
            yield here + _named(f"{branch.line.service} · {branch.line.flow}", branch.line)
            yield from _inside(branch, below, at_ms)


def _of_step(step: Step) -> _Twig:
    return _Twig(step.at_ms, step)


def _of_call(call: CallMade) -> _Twig:
    return _Twig(call.at_ms, call)


def _step(step: Step, at_ms: float) -> Text:
    text = Text().append(f"{_ms(at_ms):>9}  ", DIM).append_text(sentence(step.step))
    return text if step.ms is None else text.append(f"  took {_ms(step.ms)}", DIM)


def _unanswered(call: CallMade) -> Text:
    text = Text(printable(call.flow)).append(f"  {printable(call.error_code or 'not heard of')}", FAULT)
    return text.append(f"  {_ms(call.ms)}", DIM)


def _mood(step: str) -> str:
    if step == "SUCCESS":
        return GOOD
    if step.startswith("ERROR"):
        return FAULT
    return BAD if step.startswith("REJECTED") else ""


def _colour(status: int | None) -> str:
    if status is None or status >= SERVERS_FAULT:
        return FAULT
    return BAD if status >= CLIENTS_FAULT else GOOD


def _ms(ms: float) -> str:
    return f"{ms:.1f} ms"
