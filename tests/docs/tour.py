"""The tour in README.md: its commands, and what each must print."""

import re
from dataclasses import dataclass
from pathlib import Path

_TOUR = re.compile(r"<!-- tour -->(.*?)<!-- /tour -->", re.DOTALL)
_TREE = re.compile(
    r"<!-- tree -->\n```bash\n(?P<command>.*?)```\n\n```text\n(?P<shown>.*?)```\n<!-- /tree -->", re.DOTALL
)
_STOP = re.compile(r"```bash\n(?P<command>.*?)```|<!-- expect: (?P<expected>.*?) -->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stop:
    """One block of commands, and what its output must hold."""

    command: str
    expected: tuple[str, ...]


def stops(readme: Path) -> list[Stop]:
    found: list[Stop] = []
    for tour in _TOUR.findall(readme.read_text()):
        for part in _STOP.finditer(tour):
            if part["command"]:
                found.append(Stop(part["command"], ()))
            else:
                found[-1] = Stop(found[-1].command, (*found[-1].expected, part["expected"]))
    return found


def tree(readme: Path) -> Stop:
    """The one trace of it all: how to see it, and what is seen, a line each."""
    found = _TREE.search(readme.read_text())
    assert found is not None
    return Stop(found["command"], tuple(found["shown"].splitlines()))


def script(tour: list[Stop], boundary: str) -> str:
    """All of it in one shell, as its reader would type it, with a line between one block's output and the next."""
    return "set -eu\n" + "".join(f"{stop.command}\nprintf '\\n%s\\n' '{boundary}'\n" for stop in tour)
