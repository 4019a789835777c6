"""The tree a person sees of a registration, grown from what the services log: all that came of it, in its place."""

import json
from collections.abc import Sequence
from typing import Any

from flowctl.cluster import SERVICES
from flowctl.events.readers import actors
from flowctl.tree import Forest, Tree, picture, read
from flowctl.tree.forest import SETTLED_S
from httpx import AsyncClient

from tests.cluster import Running
from tests.cluster.logbook import Line
from tests.cluster.people import a_newcomer

from .answers import trace_of

type Shape = tuple[str, list[Any]]

TELLING: Shape = ("notification · send notification", [("customer · api.v1.customer.contact", [])])
REGISTERED, CREATED, PAID = ("event.customer.registered.v1", "event.order.created.v1", "event.payment.completed.v1")
WHOLE: Shape = (
    "POST /api/v1/customer/register",
    [
        (
            "customer · api.v1.customer.register",
            [
                (f"notification · {REGISTERED}", [TELLING]),
                (
                    f"order · {REGISTERED}",
                    [
                        (f"notification · {CREATED}", [TELLING]),
                        (
                            f"payment · {CREATED}",
                            [(f"notification · {PAID}", [TELLING]), (f"order · {PAID}", [])],
                        ),
                    ],
                ),
            ],
        )
    ],
)


def shape(tree: Tree) -> Shape:
    """Who did what, under what; those that were at it at once in the order of their names."""
    line = tree.line
    name = f"{line.method} {line.route}" if line.method else f"{line.service} · {line.flow}"
    below = [*tree.branches.values(), *(each for acted in tree.acted.values() for each in acted), *tree.later]
    return name, sorted(map(shape, below))


def _count(shape: Shape) -> int:
    return 1 + sum(map(_count, shape[1]))


async def test_a_registration_and_all_that_came_of_it_are_one_tree(http: AsyncClient, cluster: Running) -> None:
    trace_id = trace_of(await http.post("/api/v1/customer/register", json=a_newcomer()))

    def grown() -> Sequence[Line]:
        events = ("request", "flow", "event", "notification")
        lines = [line for event in events for line in cluster.log.of(trace_id, event)]
        return lines if len(lines) >= _count(WHOLE) else []

    forest = Forest([spec.name for spec in SERVICES], actors)
    for line in await cluster.log.until(grown, f"all that a registration causes in trace {trace_id}"):
        told = read(json.dumps(line).encode())
        assert told is not None
        forest.add(told, 0)
    forest.grown(0)

    (tree,) = forest.grown(SETTLED_S)
    assert shape(tree) == WHOLE
    assert tree.is_whole(actors)
    assert "not acted on it" not in picture(tree, actors).plain
