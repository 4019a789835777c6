"""Trees that go on after the answer: over the events that were announced, and what came of them."""

import itertools

import msgspec
import pytest
from flowctl.tree import Forest, Line, Tree, picture
from flowctl.tree.forest import EVENTS_PATIENCE_S, FORGOTTEN_AFTER_S, MOST_SHOWN, PATIENCE_S, SETTLED_S

from .lines import (
    PAID,
    PUT_DOWN,
    REGISTER,
    REGISTRATION,
    SENT,
    TRACE,
    WELCOME,
    a_line,
    actors,
    an_announcement,
    an_event,
)

SERVICES = ("gateway", "customer", "order", "payment", "notification")
LINES = (REGISTRATION, REGISTER, WELCOME, PUT_DOWN, SENT, PAID)
NOTIFIED = Tree(PUT_DOWN, later=(Tree(SENT),))
WELCOMED = Tree(WELCOME, acted={"e2": (Tree(PAID),)})
WHOLE = Tree(REGISTRATION, {"r1": Tree(REGISTER, acted={"e1": (WELCOMED, NOTIFIED)})})


@pytest.fixture
def forest() -> Forest:
    return Forest(SERVICES, actors)


def added(forest: Forest, *lines: Line, now: float = 0) -> Forest:
    for line in lines:
        forest.add(line, now)
    return forest


def of(line: Line, **changed: object) -> Line:
    return msgspec.structs.replace(line, **changed)


@pytest.mark.parametrize("order", [*itertools.permutations(LINES)][::7])
def test_one_tree_holds_all_that_came_of_a_request(forest: Forest, order: tuple[Line, ...]) -> None:
    for line in order:
        forest.add(line, 0)
        assert forest.grown(0) == []

    [tree] = forest.grown(SETTLED_S)
    assert sorted(map(repr, tree.every())) == sorted(map(repr, _in_order(order).every()))
    assert forest.grown(FORGOTTEN_AFTER_S * 2) == []


def _in_order(lines: tuple[Line, ...]) -> Tree:
    """Who came first stands first."""
    acted = (WELCOMED, NOTIFIED) if lines.index(WELCOME) < lines.index(PUT_DOWN) else (NOTIFIED, WELCOMED)
    return Tree(REGISTRATION, {"r1": Tree(REGISTER, acted={"e1": acted})})


def test_whoever_is_to_act_on_an_event_is_waited_for_and_then_no_longer(forest: Forest) -> None:
    added(forest, REGISTRATION, REGISTER, PUT_DOWN, SENT)

    assert forest.grown(PATIENCE_S) == []
    assert forest.grown(EVENTS_PATIENCE_S - 0.1) == []
    [tree] = forest.grown(EVENTS_PATIENCE_S)
    assert tree == Tree(REGISTRATION, {"r1": Tree(REGISTER, acted={"e1": (NOTIFIED,)})})


def test_what_comes_late_is_a_tree_of_its_own_with_what_came_of_it(forest: Forest) -> None:
    added(forest, REGISTRATION, REGISTER, PUT_DOWN, SENT).grown(EVENTS_PATIENCE_S)

    added(forest, WELCOME, PAID, now=5)

    assert forest.grown(5) == []
    assert forest.grown(5 + SETTLED_S) == [WELCOMED]


def test_what_was_put_off_and_comes_late_is_shown_by_itself(forest: Forest) -> None:
    added(forest, REGISTRATION, REGISTER, WELCOME, PAID, PUT_DOWN).grown(0)
    forest.grown(SETTLED_S)

    assert added(forest, SENT, now=3).grown(3) == [Tree(SENT)]


def test_an_attempt_that_failed_is_not_the_last_word(forest: Forest) -> None:
    failed = of(WELCOME, outcome="again", again_in_ms=200.0, announced=())
    added(forest, REGISTRATION, REGISTER, PUT_DOWN, SENT, failed)
    assert forest.grown(SETTLED_S) == []

    second = of(WELCOME, attempt=2, announced=())
    added(forest, second, now=SETTLED_S)

    [tree] = forest.grown(SETTLED_S * 2)
    assert tree.branches["r1"].acted["e1"] == (NOTIFIED, Tree(failed), Tree(second))


def test_what_a_flow_that_failed_announced_is_not_waited_for(forest: Forest) -> None:
    failed = of(REGISTER, status=500, error_code="INTERNAL_ERROR")

    added(forest, REGISTRATION, failed)
    forest.grown(0)

    assert forest.grown(SETTLED_S) == [Tree(REGISTRATION, {"r1": Tree(failed)})]


def test_an_event_of_long_ago_has_a_trace_and_a_tree_of_its_own(forest: Forest) -> None:
    replayed = of(PAID, parent_span_id=None, trace_id="f" * 32)

    assert added(forest, replayed).grown(0) == [Tree(replayed)]


def test_an_event_without_an_id_is_shown_all_the_same(forest: Forest) -> None:
    unreadable = of(PAID, event_id="", outcome="dead", reason="undecodable")

    assert added(forest, unreadable).grown(0) == [Tree(unreadable)]


def test_what_nobody_was_heard_to_announce_is_shown_late_with_what_came_of_it(forest: Forest) -> None:
    added(forest, WELCOME, PAID)

    assert forest.grown(FORGOTTEN_AFTER_S) == []
    assert forest.grown(FORGOTTEN_AFTER_S + 1) == [WELCOMED]


def test_lines_that_bite_their_own_tail_are_no_endless_tree(forest: Forest) -> None:
    tail = an_event("order", "event.order.created.v1", "e9", "t9", announced=[an_announcement("order.created", "e9")])
    added(forest, tail)

    assert len(forest.grown(FORGOTTEN_AFTER_S + 1)) == 1


def test_what_it_remembers_of_what_was_shown_is_bounded(forest: Forest) -> None:
    for number in range(MOST_SHOWN // 100 + 10):
        announced = [an_announcement("lamp.lit", f"{number}-{each}") for each in range(100)]
        forest.add(a_line(event="request", announced=announced), 0)
        forest.grown(0)
        forest.grown(SETTLED_S)

    first, last = (an_event("order", "event.lamp.lit.v1", id_, "x") for id_ in ("0-0", f"{MOST_SHOWN // 100 + 9}-0"))
    assert added(forest, first, last, now=9).grown(9) == [Tree(last)]


def test_events_stand_where_they_were_announced_with_whoever_acted_on_them() -> None:
    assert picture(WHOLE, actors).plain.splitlines() == [
        f"POST /register  201  75.0 ms  {TRACE}",
        "└─ customer · api.v1.customer.register  201  70.0 ms",
        "   ├─   62.0 ms  Creating customer",
        "   ├─ customer.registered",
        "   │  ├─ order · event.customer.registered.v1  done  5.0 ms",
        "   │  │  ├─ order.created",
        "   │  │  │  └─ payment · event.order.created.v1  done  5.0 ms",
        "   │  │  └─   68.0 ms  SUCCESS",
        "   │  └─ notification · event.customer.registered.v1  done  5.0 ms",
        "   │     └─ notification · send notification  sent  0.0 ms",
        "   └─   72.0 ms  SUCCESS",
    ]


def test_whoever_has_not_acted_yet_is_named() -> None:
    tree = Tree(REGISTER, acted={"e1": (NOTIFIED,)})

    assert "   └─ order  has not acted on it yet" in picture(tree, actors).plain.replace("│", " ").splitlines()


def test_what_is_tried_again_says_when_and_what_is_given_up_says_why() -> None:
    again = of(PAID, outcome="again", attempt=2, again_in_ms=1500.0, age_ms=None)
    dead = of(PAID, outcome="dead", reason="failed", attempt=6, age_ms=12_345.6)

    assert picture(Tree(again)).plain == (
        f"payment · event.order.created.v1  again  5.0 ms  attempt 2, the next in 1.5 s  {TRACE}"
    )
    assert picture(Tree(dead)).plain == (
        f"payment · event.order.created.v1  dead failed  5.0 ms  attempt 6  12.3 s after order announced it  {TRACE}"
    )


def test_whoever_acted_did_so_when_its_own_clock_says() -> None:
    announcer = of(REGISTER, timestamp="2026-01-02T03:04:05.070Z", duration_ms=70.0)
    step = {"step": "Looking", "at_ms": 1.0}
    acted = of(
        an_event("order", "event.customer.registered.v1", "e1", "w1", steps=[step], duration_ms=10.0),
        timestamp="2026-01-02T03:04:05.110Z",
    )

    assert "101.0 ms  Looking" in picture(Tree(announcer, acted={"e1": (Tree(acted),)})).plain


@pytest.mark.parametrize("timestamp", ["", "yesterday", "2026-01-02T03:04:05.110"])
def test_a_line_that_does_not_say_when_stands_where_it_was_announced(timestamp: str) -> None:
    step = {"step": "Looking", "at_ms": 1.0}
    acted = an_event("order", "event.customer.registered.v1", "e1", "w1", steps=[step], timestamp=timestamp)

    assert "63.0 ms  Looking" in picture(Tree(REGISTER, acted={"e1": (Tree(acted),)})).plain
