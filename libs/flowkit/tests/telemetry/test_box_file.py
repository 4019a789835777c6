"""The file of a black box: whose it is, and how much of it there is."""

import os
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flowkit.telemetry.box.file import FoundFile, Locked, sweep
from flowkit.telemetry.box.layout import Layout
from flowkit.telemetry.box.recorder import BlackBox

from .boxing import SLOT, SLOTS, SPAN, begun, left_in


def test_while_its_process_lives_nobody_takes_it(box: BlackBox, tmp_path: Path) -> None:
    (path,) = tmp_path.glob("*.box")
    with pytest.raises(Locked):
        FoundFile.take(path)


def test_a_child_neither_writes_into_it_nor_holds_it(tmp_path: Path) -> None:
    box = BlackBox.make(tmp_path, "customer", {}, slots=SLOTS)
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
