"""What the dead left is said once, and what nobody takes is kept within bounds."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowkit.telemetry.box.inheriting import Heir
from flowkit.telemetry.box.left import Estate
from flowkit.telemetry.box.recorder import BlackBox
from structlog.testing import capture_logs

from .boxing import SLOT, SLOTS, SPAN, begun, left_in

EMPTY = ""
LONG_AGO = 1_000_000_000


def die(folder: Path, at_work_on: str, after: int = 0) -> None:
    """As one leaves it that is killed so many seconds after the first."""
    living = set(folder.glob("*.box"))
    box = BlackBox.make(folder, "customer", {}, slots=SLOTS, slot=SLOT)
    if at_work_on:
        box.begin(1, begun(1, at_work_on), SPAN)
    box.leave_to_parent()
    (path,) = set(folder.glob("*.box")) - living
    os.utime(path, (LONG_AGO + after, LONG_AGO + after))


@dataclass
class Successor:
    """A process that starts, and stops once it has asked the collector."""

    folder: Path
    sent: list[str] = field(default_factory=list[str])
    said: list[list[str]] = field(default_factory=list[list[str]])
    cut_off: int = 0

    def live(self, *, is_heard: bool) -> list[Any]:
        def tell(_: object, spans: Any) -> bool:
            if is_heard:
                self.sent.extend(left.name for left in spans)
            return is_heard

        heir = Heir(self.folder, "customer", tell, self._say)
        heir.stop()
        with capture_logs() as lines:
            heir.run()
        self.cut_off += heir.cut_off
        return list(lines)

    def _say(self, estate: Estate) -> None:
        self.said.append([left.name for left in estate.spans.values()])


def test_however_many_start_before_a_collector_answers_a_death_is_said_and_counted_once(tmp_path: Path) -> None:
    die(tmp_path, "flow")
    successor = Successor(tmp_path)

    for _ in range(3):
        successor.live(is_heard=False)
    successor.live(is_heard=True)

    assert (successor.said, successor.cut_off, successor.sent) == ([["flow"]], 1, ["flow"])
    assert list(tmp_path.iterdir()) == []


def test_what_has_been_said_is_no_younger_for_it(tmp_path: Path) -> None:
    die(tmp_path, "first")
    Successor(tmp_path).live(is_heard=False)
    die(tmp_path, "second", after=1)
    successor = Successor(tmp_path)

    successor.live(is_heard=True)

    assert successor.sent == ["first", "second"]


def test_those_who_left_nothing_to_send_take_no_place(tmp_path: Path) -> None:
    die(tmp_path, "flow")
    for after in range(1, 10):
        die(tmp_path, EMPTY, after)
    successor = Successor(tmp_path)

    lines = successor.live(is_heard=False)

    assert lines == []
    assert successor.said == [["flow"], *[[]] * 9]
    assert set(left_in(tmp_path)) == {"flow"}  # of the one file there is


def test_of_very_many_the_oldest_go_unsent_and_are_said_all_the_same(tmp_path: Path) -> None:
    flows = [f"flow {number}" for number in range(10)]
    for number, flow in enumerate(flows):
        die(tmp_path, flow, after=number)
    successor = Successor(tmp_path)

    lines = successor.live(is_heard=True)

    assert [(line["event"], line["spans"]) for line in lines] == [("black box removed unsent", 1)] * 2
    assert successor.said == [[flow] for flow in flows]
    assert successor.sent == flows[2:]
    assert list(tmp_path.iterdir()) == []
