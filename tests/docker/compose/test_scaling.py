"""More containers of a service share its work."""

import json
from collections.abc import Sequence

from tests.cluster import People
from tests.integration.chaos.system import true_within

from .crowd import people_of
from .engine import Container
from .project import SERVICES, Project

REQUESTS = 60
# Names are asked for every 5 s, and who is found is scraped every 5 s.
FOUND_WITHIN_S = 30.0
UP = f"count by (job) (up{{job=~'{'|'.join(SERVICES)}'}} == 1)"


async def flows_handled(project: Project, containers: Sequence[Container], flow: str) -> list[int]:
    return [sum(line.get("flow") == flow for line in await project.lines(each)) for each in containers]


async def ask_often(people: People) -> None:
    customer = await people.new_customer()
    for _ in range(REQUESTS):
        answer = await people.http.get(f"/api/v1/customers/{customer.id}", headers=customer.bearer)
        assert answer.status_code == 200, answer.text


async def test_three_customers_all_answer(project: Project) -> None:
    async with project.scaled(customer=3):
        containers = await project.containers("customer")
        async with people_of(project) as people:
            await ask_often(people)
        handled = await flows_handled(project, containers, "api.v1.customer.get")

    assert len(containers) == 3
    assert min(handled) > 0
    assert sum(handled) >= REQUESTS
    assert [each.name for each in await project.containers("customer")] == [containers[0].name]


async def instances_up(project: Project) -> dict[str, int]:
    """How many of each service Prometheus can scrape."""
    asked = ("promtool", "query", "--format=json", "instant", "http://127.0.0.1:9090", UP)
    told = json.loads(await project.run_in(await project.container("prometheus"), *asked))
    return {series["metric"]["job"]: int(series["value"][1]) for series in told}


async def test_prometheus_finds_every_instance_and_forgets_those_that_are_gone(project: Project) -> None:
    async def are_found(wanted: dict[str, int]) -> bool:
        return await instances_up(project) == wanted

    one_each = dict.fromkeys(SERVICES, 1)
    async with project.scaled(customer=3):
        three = one_each | {"customer": 3}
        await true_within(FOUND_WITHIN_S, lambda: are_found(three), "three customers are scraped")

    await true_within(FOUND_WITHIN_S, lambda: are_found(one_each), "one of each is scraped")
