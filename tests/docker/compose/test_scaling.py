"""More containers of a service share its work."""

from collections.abc import Sequence

from tests.cluster import People

from .crowd import people_of
from .engine import Container
from .project import Project

REQUESTS = 60


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
