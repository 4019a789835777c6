"""A process's lines, taken from the pipe they were written to."""

import json
import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from flowkit.telemetry.box.recorder import BlackBox

from .boxing import SLOT, SLOTS


@dataclass
class Pipe:
    """Both ends of a pipe, the writing end as a service's stdout."""

    reading: int
    writing: int

    def text(self) -> str:
        """All that was written, once nobody writes any more."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1
        with os.fdopen(os.dup(self.reading), encoding="utf-8", newline="\n") as file:
            return file.read()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().split("\n")[:-1]]


@pytest.fixture
def pipe() -> Generator[Pipe]:
    pipe = Pipe(*os.pipe())
    yield pipe
    for descriptor in (pipe.reading, pipe.writing):
        if descriptor >= 0:
            os.close(descriptor)


@pytest.fixture(autouse=True)
def _leaves_no_logging_behind() -> Generator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def box(tmp_path: Path) -> Generator[BlackBox]:
    box = BlackBox.make(tmp_path, "customer", {"service.name": "customer"}, slots=SLOTS, slot=SLOT)
    yield box
    box.close()
