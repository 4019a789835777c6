"""Hands queries to the parsers, which are JavaScript."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from tests.javascript import Program

type Language = Literal["promql", "traceql", "logql"]

_PARSER: Final = Program(Path(__file__).parent / "parse.mjs")


class Node(NamedTuple):
    name: str
    text: str

    @property
    def is_fault(self) -> bool:
        return self.name == "⚠"


def parse(queries: Sequence[tuple[Language, str]]) -> list[list[Node]]:
    """The nodes of each, in the order of the text, outer ones first."""
    return [[Node(*found) for found in nodes] for nodes in _PARSER.run(queries)]
