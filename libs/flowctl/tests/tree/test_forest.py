"""Trees grown from lines that come in any order, or not at all."""

import itertools

import pytest
from flowctl.tree import Forest, Line, Tree
from flowctl.tree.forest import FORGOTTEN_AFTER_S, MOST_BRANCHES, MOST_ROOTS, PATIENCE_S

from .lines import ISSUE, LOGIN, REQUEST, a_call, a_line

SERVICES = ("gateway", "admin", "auth")
WHOLE = Tree(REQUEST, {"a1": Tree(LOGIN, {"b1": Tree(ISSUE)})})


@pytest.fixture
def forest() -> Forest:
    return Forest(SERVICES)


@pytest.mark.parametrize("order", list(itertools.permutations([REQUEST, LOGIN, ISSUE])))
def test_a_tree_is_whole_in_whatever_order_its_lines_come(forest: Forest, order: tuple[Line, ...]) -> None:
    for line in order:
        assert forest.grown(0) == []
        forest.add(line, 0)

    assert forest.grown(0) == [WHOLE]
    assert forest.grown(FORGOTTEN_AFTER_S * 2) == []


def test_a_tree_waits_for_its_branches_and_then_no_longer(forest: Forest) -> None:
    forest.add(REQUEST, 0)

    assert forest.grown(PATIENCE_S / 2) == []
    assert forest.grown(PATIENCE_S) == [Tree(REQUEST)]


def test_a_call_that_failed_is_not_waited_for(forest: Forest) -> None:
    request = a_line(event="request", calls=[a_call("api.v1.auth.me", "c1", error_code="SERVICE_UNAVAILABLE")])

    forest.add(request, 0)

    assert forest.grown(0) == [Tree(request)]


def test_requests_of_one_trace_stay_apart(forest: Forest) -> None:
    other = a_line(event="request", calls=[a_call("api.v1.auth.issue", "b1")])
    for line in (REQUEST, other, ISSUE):
        forest.add(line, 0)

    assert forest.grown(0) == [Tree(other, {"b1": Tree(ISSUE)})]


def test_a_flow_called_from_outside_the_cluster_is_a_tree_of_its_own(forest: Forest) -> None:
    called_by_hand = a_line(flow="api.v1.auth.keys", caller="flow", parent_span_id="d1")

    forest.add(called_by_hand, 0)

    assert forest.grown(0) == [Tree(called_by_hand)]


def test_a_flow_its_caller_gave_up_on_is_shown_late(forest: Forest) -> None:
    forest.add(ISSUE, 0)

    assert forest.grown(FORGOTTEN_AFTER_S) == []
    assert forest.grown(FORGOTTEN_AFTER_S + 1) == [Tree(ISSUE)]


def test_what_it_remembers_is_bounded(forest: Forest) -> None:
    for number in range(MOST_BRANCHES + 10):
        forest.add(a_line(caller="admin", parent_span_id=str(number)), 0)
    for _ in range(MOST_ROOTS + 10):
        forest.add(REQUEST, 0)

    assert len(forest.grown(PATIENCE_S)) == MOST_ROOTS
    assert len(forest.grown(FORGOTTEN_AFTER_S + 1)) == MOST_BRANCHES
