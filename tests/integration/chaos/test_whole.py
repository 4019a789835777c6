"""A trace is whole when all its parts hang where they belong; what is taken out or hung elsewhere is missed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flowkit.telemetry.names import CUT_OFF

from tests.telemetry.spans import Event, Span

from .shop.history import Kind, Operation
from .shop.whole import SUCCESS, Part, Whole, order_that, registration_that

MADE = {"registration": registration_that("completed"), "order": order_that("failed")}
KINDS: tuple[Kind, ...] = ("registration", "order")


def spans_of(part: Part, parent_id: str, place: str = "0") -> Iterator[Span]:
    kind, service, name = part.line.split(" ", 2)
    steps = tuple(Event(step, 0, {}) for step in part.steps)
    yield Span(service, name, kind, "trace", place, parent_id, "UNSET", 0, 0, {}, steps, {})
    for number, below in enumerate(part.parts):
        yield from spans_of(below, place, f"{place}.{number}")


def an_operation(kind: Kind) -> tuple[Operation, list[Span]]:
    operation = Operation(kind=kind, mark="ada")
    return operation, list(spans_of(MADE[kind], operation.span_id))


@pytest.mark.parametrize("kind", KINDS)
def test_one_with_all_its_parts_is_whole(kind: Kind) -> None:
    assert Whole.of(*an_operation(kind)).is_so


@pytest.mark.parametrize("kind", KINDS)
def test_each_part_is_missed(kind: Kind) -> None:
    operation, spans = an_operation(kind)

    for gone in spans:
        whole = Whole.of(operation, [span for span in spans if span is not gone])
        assert whole.lacking, f"nobody missed {gone}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_hangs_on_nothing_is_seen(kind: Kind) -> None:
    operation, spans = an_operation(kind)

    for torn in spans:
        whole = Whole.of(operation, [replace(span, parent_id="nobody") if span is torn else span for span in spans])
        assert (whole.adrift, whole.is_so) == ((str(torn),), False)


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_is_missed(kind: Kind) -> None:
    operation, spans = an_operation(kind)

    for span in spans:
        for unsaid in span.events:
            rest = tuple(event for event in span.events if event is not unsaid)
            whole = Whole.of(operation, [replace(each, events=rest) if each is span else each for each in spans])
            assert whole.lacking == (f"{span}: {unsaid.name}",)


def test_who_was_killed_at_the_end_of_its_work_need_not_have_said_that_it_succeeded() -> None:
    operation, spans = an_operation("order")
    paying = next(span for span in spans if span.service == "payment" and span.kind == "CONSUMER")

    def cut_off_before(step: str) -> Span:
        said = tuple(event for event in paying.events if event.name != step)
        return replace(paying, events=said, attributes={CUT_OFF: True})

    def with_it(cut_off: Span) -> Whole:
        return Whole.of(operation, [cut_off if span is paying else span for span in spans])

    assert with_it(cut_off_before(SUCCESS)).is_so
    assert not with_it(cut_off_before("Recording payment")).is_so


def test_a_second_try_that_came_to_an_end_makes_it_whole() -> None:
    operation, spans = an_operation("order")
    cut_short = replace(next(span for span in spans if span.kind == "CONSUMER"), span_id="cut short")

    assert Whole.of(operation, [cut_short, *spans]).is_so
