"""A small black box, what is begun in it, and what is found in it."""

import time
from pathlib import Path

from flowkit.telemetry.box.entries import Begun
from flowkit.telemetry.box.layout import HEAD, owner_of
from flowkit.telemetry.box.left import Estate, Left

SLOTS, SLOT = 3, 1024


class ASpan:
    """As the box sees it: it is there, or nobody has it any more."""


SPAN = ASpan()


def begun(number: int, name: str = "flow", **attributes: str) -> Begun:
    return Begun(bytes(16), number.to_bytes(8), None, 1, name, time.time_ns(), dict(attributes))


def left_in(folder: Path) -> dict[str, Left]:
    """As a successor would find it, by the spans' names."""
    (file,) = folder.glob("*.box")
    data = file.read_bytes()
    return {left.name: left for left in Estate.of(owner_of(data[:HEAD]), data).spans.values()}
