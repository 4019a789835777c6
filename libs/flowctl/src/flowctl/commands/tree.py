"""`flow tree`: the flow trees of log lines that come in on stdin."""

import math
import os
import select
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console

from flowctl.alarm import alarm
from flowctl.cluster import SERVICES
from flowctl.events.readers import actors
from flowctl.failure import WRONGLY_ASKED, Failure
from flowctl.tree import Forest, picture, read

TICK_S = 0.05
CHUNK = 65536


def tree() -> None:
    """Show each request's flow tree, and whatever is alarming, from the services' log lines on stdin.

    Live, or of one trace: `docker compose logs -f | flow tree`, `grep -h TRACE_ID .flow/logs/*.log | flow tree`. What
    stands before a line, as a container's name does, is passed over; so are lines of others than the services.
    """
    if sys.stdin.isatty():
        raise Failure("log lines are read from stdin, as in: docker compose logs -f | flow tree", WRONGLY_ASKED)
    telling = _Telling(Console(highlight=False, soft_wrap=True), Forest([spec.name for spec in SERVICES], actors))
    for lines in _arriving(sys.stdin.fileno()):
        for line in lines:
            telling.take(line)
        telling.show(time.monotonic())
    telling.show(math.inf)


@dataclass(frozen=True, slots=True)
class _Telling:
    console: Console
    forest: Forest

    def take(self, line: bytes) -> None:
        _, brace, rest = line.partition(b"{")
        told = read(brace + rest)
        if told is None:
            return
        if told.is_a_branch:
            self.forest.add(told, time.monotonic())
        elif said := alarm(told.service, brace + rest):
            self.console.print(said)

    def show(self, now: float) -> None:
        for grown in self.forest.grown(now):
            self.console.print(picture(grown, actors))


def _arriving(descriptor: int) -> Iterator[list[bytes]]:
    """What lines have come, as they come; none now and then, so that what has waited long enough can be shown."""
    rest = b""
    while True:
        if not select.select([descriptor], [], [], TICK_S)[0]:
            yield []
            continue
        chunk = os.read(descriptor, CHUNK)
        *lines, rest = (rest + chunk).split(b"\n")
        yield lines
        if not chunk:
            yield [rest]
            return
