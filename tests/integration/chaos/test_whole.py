"""A trace is whole when all its parts hang where they belong; what is taken out or hung elsewhere is missed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.telemetry.spans import Span

from .shop.history import Kind, Operation
from .shop.whole import Part, Whole, order_that, registration_that

MADE = {"registration": registration_that("completed"), "order": order_that("failed")}
KINDS: tuple[Kind, ...] = ("registration", "order")


def spans_of(part: Part, parent_id: str, place: str = "0") -> Iterator[Span]:
    line, parts = part
    kind, service, name = line.split(" ", 2)
    yield Span(service, name, kind, "trace", place, parent_id, "UNSET", 0, 0, {}, (), {})
    for number, below in enumerate(parts):
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


def test_a_second_try_that_came_to_an_end_makes_it_whole() -> None:
    operation, spans = an_operation("order")
    cut_short = replace(next(span for span in spans if span.kind == "CONSUMER"), span_id="cut short")

    assert Whole.of(operation, [cut_short, *spans]).is_so
