"""What the check finds wrong."""

from collections.abc import Iterator, Sized
from dataclasses import dataclass
from typing import Literal

type Wrong = Literal["lost", "doubled", "contradicted", "from nowhere"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`mark` is that of the operation it belongs to, where there is one."""

    wrong: Wrong
    what: str
    mark: str = ""


def one(found: Sized, what: str, mark: str) -> Iterator[Finding]:
    """Nothing, where there is exactly one."""
    if len(found) != 1:
        yield Finding("doubled" if found else "lost", what, mark)
