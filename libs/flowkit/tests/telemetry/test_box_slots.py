"""A black box is bounded: what does not fit is missing, and said to be."""

import gc
import os
import socket
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flowkit.telemetry.box.entries import Begun, Ended
from flowkit.telemetry.box.file import FoundFile, Locked, sweep
from flowkit.telemetry.box.layout import HEAD, Layout, owner_of
from flowkit.telemetry.box.left import Estate, Left
from flowkit.telemetry.box.recorder import BlackBox

SLOTS, SLOT = 3, 1024


class ASpan:
    """As the box sees it: it is there, or nobody has it any more."""


SPAN = ASpan()


@pytest.fixture
def box(tmp_path: Path) -> Generator[BlackBox]:
    box = BlackBox.make(tmp_path, "customer", {"service.name": "customer"}, slots=SLOTS, slot=SLOT)
    yield box
    box.close()


def begun(number: int, name: str = "flow", **attributes: str) -> Begun:
    return Begun(bytes(16), number.to_bytes(8), None, 1, name, time.time_ns(), dict(attributes))


def left_in(folder: Path) -> dict[str, Left]:
    """As a successor would find it, by the spans' names."""
    (file,) = folder.glob("*.box")
    data = file.read_bytes()
    return {left.name: left for left in Estate.of(owner_of(data[:HEAD]), data).spans.values()}


def test_what_there_is_no_place_for_is_counted(box: BlackBox, tmp_path: Path) -> None:
    for number in range(1, 6):
        box.begin(number, begun(number, f"flow {number}"), SPAN)

    assert box.missed == 2
    assert set(left_in(tmp_path)) == {"flow 1", "flow 2", "flow 3"}
    assert box.page(4) is None


def test_a_place_is_free_again_once_its_span_is_told_of(box: BlackBox, tmp_path: Path) -> None:
    for number in range(1, 100):
        box.begin(number, begun(number, f"flow {number}"), SPAN)
        box.end(number, Ended(time.time_ns()))
        box.free([number])

    assert box.missed == 0
    assert left_in(tmp_path) == {}


def test_a_span_that_nobody_ended_and_nobody_has_gives_its_place_back(box: BlackBox, tmp_path: Path) -> None:
    span = ASpan()
    box.begin(1, begun(1), span)

    del span
    gc.collect()

    assert left_in(tmp_path) == {}


def test_a_span_that_has_ended_stays_until_it_is_told_of(box: BlackBox, tmp_path: Path) -> None:
    span = ASpan()
    box.begin(1, begun(1), span)
    box.end(1, Ended(time.time_ns()))

    del span
    gc.collect()

    assert set(left_in(tmp_path)) == {"flow"}


def test_a_span_that_says_too_much_loses_its_last_steps_and_keeps_its_end(box: BlackBox, tmp_path: Path) -> None:
    box.begin(1, begun(1), SPAN)
    page = box.page(1)
    assert page is not None
    for number in range(50):
        page.said(f"step {number} " + "." * 50)
    page.took(49, 3.0)
    box.end(1, Ended(17, 2, "INTERNAL_ERROR", "flow", {"flow.status": 500}))

    left = left_in(tmp_path)["flow"]
    assert left.has_lost
    assert 3 < len(left.steps) < 20
    assert [step.sentence.split()[1] for step in left.steps] == [str(number) for number in range(len(left.steps))]
    assert left.ended == Ended(17, 2, "INTERNAL_ERROR", "flow", {"flow.status": 500})


def test_an_end_with_too_much_to_say_is_told_without(box: BlackBox, tmp_path: Path) -> None:
    box.begin(1, begun(1), SPAN)
    box.end(1, Ended(17, 2, "why", "flow", {"flow.about.customer": "x" * 2 * SLOT}))

    left = left_in(tmp_path)["flow"]
    assert left.has_lost
    assert left.ended == Ended(17, 2)


def test_a_beginning_with_too_much_to_say_is_told_without(box: BlackBox, tmp_path: Path) -> None:
    box.begin(1, begun(1, "n" * SLOT, attribute="x" * 2 * SLOT), SPAN)

    (left,) = left_in(tmp_path).values()
    assert (left.name, left.attributes) == ("n" * 200, {})


@pytest.mark.parametrize("unspeakable", [{"a": object()}, {"a": "\ud800"}, {1: {2, 3}}])
def test_what_cannot_be_written_down_stops_no_work(box: BlackBox, unspeakable: dict[str, str]) -> None:
    box.begin(1, Begun(bytes(16), bytes(8), None, 1, "flow", 1, unspeakable), SPAN)  # pyright: ignore[reportArgumentType] - that is the point
    page = box.page(1)
    assert page is not None
    page.noted(unspeakable)
    page.said("\ud800")
    box.end(1, Ended(17, 0, None, "flow", unspeakable))  # pyright: ignore[reportArgumentType] - that is the point


def test_what_is_said_after_the_end_touches_nobody_elses_place(box: BlackBox, tmp_path: Path) -> None:
    box.begin(1, begun(1, "first"), SPAN)
    page = box.page(1)
    assert page is not None
    box.end(1, Ended(17))
    box.free([1])
    box.begin(2, begun(2, "second"), SPAN)

    page.said("late")
    page.took(0, 1.0)

    assert left_in(tmp_path)["second"].steps == []


def test_while_its_process_lives_nobody_takes_it(box: BlackBox, tmp_path: Path) -> None:
    (path,) = tmp_path.glob("*.box")
    with pytest.raises(Locked):
        FoundFile.take(path)


def test_a_child_neither_writes_into_it_nor_holds_it(tmp_path: Path) -> None:
    box = BlackBox.make(tmp_path, "customer", {})
    box.begin(1, begun(1, "of the parent"), SPAN)
    with a_child_that(lambda: said_by(box, "of the child")):
        said_by(box, "of the parent")
        let_go_of(box)

        (path,) = tmp_path.glob("*.box")
        FoundFile.take(path).release()
    left = left_in(tmp_path)
    assert set(left) == {"of the parent", "another of the parent"}
    assert [step.sentence for step in left["of the parent"].steps] == ["of the parent"]


def said_by(box: BlackBox, whom: str) -> None:
    box.begin(2, begun(2, f"another {whom}"), SPAN)
    if page := box.page(1):
        page.said(whom)


def let_go_of(box: BlackBox) -> None:
    """As the kernel does for one that dies."""
    box.leave_to_parent()


@contextmanager
def a_child_that(work: Callable[[], None]) -> Generator[None]:
    """Lives on after its work."""
    mine, its = socket.socketpair()
    child = os.fork()
    if child == 0:
        mine.close()
        work()
        its.send(b"done")
        its.recv(1)
        os._exit(0)
    its.close()
    assert mine.recv(4) == b"done"
    yield
    mine.close()
    os.waitpid(child, 0)


def test_what_was_never_finished_is_swept_away(tmp_path: Path) -> None:
    fresh, old = (tmp_path / f"customer-{letter * 32}.new" for letter in "ab")
    fresh.touch()
    old.touch()
    os.utime(old, (0, 0))

    sweep(tmp_path, "customer")

    assert (fresh.exists(), old.exists()) == (True, False)


def test_a_box_takes_all_of_its_room_at_once(box: BlackBox, tmp_path: Path) -> None:
    (path,) = tmp_path.glob("*.box")

    assert path.stat().st_size == Layout(SLOTS, SLOT).size
    assert path.stat().st_blocks * 512 >= path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
