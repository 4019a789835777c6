"""What is asked: in words that parse, of names that there are. Each check tells what is wrong, in words."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.observability.grammar import Language, Node, parse

from . import known
from .reading import Board, Question

_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
# What Grafana itself puts in, and something it might put.
_BUILT_IN: Final = {"__rate_interval": "20s", "__range": "15m", "__auto": "5s"}
# Most variables stand within quotes; these are a part of the query.
_UNQUOTED: Final = {"outcome": "true", "slower": "50ms", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
_ID_ALONE: Final = re.compile(r"\$\{trace_id\}")
_LATEST: Final = "with (most_recent=true)"
_SELECTOR: Final = re.compile(r"\{(.*?)\}")
_WINDOW: Final = re.compile(r"\[([^\]]*)\]")
_IN_A_TEMPLATE: Final = re.compile(r"(?<=[\s{])\.(\w+)")
_GOOD_WINDOWS: Final = frozenset(("$__rate_interval", "$__range", "$__auto"))


@dataclass(frozen=True, slots=True)
class Read:
    question: Question
    nodes: list[Node]

    def texts(self, *kinds: str) -> set[str]:
        return {node.text for node in self.nodes if node.name in kinds}


def read(questions: Sequence[Question]) -> list[Read]:
    """Parsed, with something chosen wherever something can be."""
    asked = [question for question in questions if not _ID_ALONE.fullmatch(question.text)]
    texts: list[tuple[Language, str]] = [(question.language, _filled(question.text)) for question in asked]
    return [Read(question, nodes) for question, nodes in zip(asked, parse(texts), strict=True)]


def unreadable(found: Read) -> Iterator[str]:
    yield from (f"does not parse near {node.text!r}" for node in found.nodes if node.is_fault)


def unknown(found: Read) -> Iterator[str]:
    check: Callable[[Read], Iterator[str]] = _CHECKS[found.question.language]
    yield from check(found)


def unknown_choices(board: Board) -> Iterator[str]:
    asked = {name for question in board.questions for pair in _VARIABLE.findall(question.text) for name in pair if name}
    offered = board.variables.keys()
    yield from (f"${name} is no variable" for name in asked - offered - _BUILT_IN.keys())
    yield from (f"${name} is asked for and never used" for name in offered - asked)


def boundless(board: Board) -> Iterator[str]:
    """Loki refuses to look for streams by what might be empty: not even where everything is chosen."""
    widest = {name: variable.get("allValue", "") for name, variable in board.variables.items()}
    for question in board.questions:
        selector = _SELECTOR.search(_VARIABLE.sub(lambda found: widest.get(found[1], ""), question.text))
        sought = re.findall(r'=~?"(.*?)"', selector[1]) if question.language == "logql" and selector else ["all"]
        if all(re.fullmatch(each, "") for each in sought):
            yield f"{question.panel} looks for streams by {sought}"


def wrong_windows(board: Board) -> Iterator[str]:
    """A window of its own is shorter than two scrapes, or hides what is new."""
    for question in board.questions:
        windows = set(_WINDOW.findall(question.text)) - _GOOD_WINDOWS if question.language != "traceql" else ()
        yield from (f"{question.panel}: {window} is a window of its own" for window in windows)


def of_any_time(board: Board) -> Iterator[str]:
    """Tempo gives the first traces it comes by, from anywhere in the time chosen, unless it is asked for the latest."""
    for question in board.questions:
        is_search = question.language == "traceql" and not _ID_ALONE.fullmatch(question.text)
        if is_search and not question.text.endswith(_LATEST):
            yield f"{question.panel} does not ask for the latest traces"


def _filled(text: str) -> str:
    def something(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return _BUILT_IN.get(name) or _UNQUOTED.get(name, "something")

    return _VARIABLE.sub(something, text)


def _unknown_metrics(found: Read) -> Iterator[str]:
    metrics, known_labels = found.texts("Identifier"), known.labels_by_metric()
    # A label that is made on the way may be told apart by as well.
    made = set(re.findall(r'label_replace\([^"]*"(\w+)"', found.question.text))
    yield from (f"there is no metric {name}" for name in metrics - known_labels.keys())
    labels = made.union(*(known_labels.get(name, frozenset[str]()) for name in metrics))
    yield from (f"no metric here has a label {name}" for name in found.texts("LabelName") - labels)


def _unknown_attributes(found: Read) -> Iterator[str]:
    attributes = found.texts("Identifier") - known.span_attributes()
    yield from (f"no span has an attribute {name}" for name in attributes)


def _unknown_labels(found: Read) -> Iterator[str]:
    made = {node.text.partition("=")[0] for node in found.nodes if node.name == "LabelExtractionExpression"}
    templates = (text for text in found.texts("String") if text.startswith("`"))
    told = {name for template in templates for name in _IN_A_TEMPLATE.findall(template)}
    there_are = known.line_labels() | made
    yield from (f"no line has a label {name}" for name in found.texts("Identifier") - there_are)
    yield from (f"no line tells {name}" for name in told - there_are - known.step_fields())


_CHECKS: Final[dict[Language, Callable[[Read], Iterator[str]]]] = {
    "promql": _unknown_metrics,
    "traceql": _unknown_attributes,
    "logql": _unknown_labels,
}
