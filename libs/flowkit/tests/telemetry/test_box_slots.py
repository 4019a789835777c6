"""A black box is bounded: what does not fit is missing, and said to be."""

import gc
import time
from pathlib import Path

import pytest
from flowkit.telemetry.box.entries import Begun, Ended
from flowkit.telemetry.box.recorder import BlackBox

from .boxing import SLOT, SPAN, ASpan, begun, left_in


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
