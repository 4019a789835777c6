"""What a query may say."""

import httpx
import pytest
from contracts import admin

from .answers import data_of, invalid
from .world import ADMIN, World, always, bearer

LIST = "/api/v1/admin/list"


@pytest.fixture(autouse=True)
def _there_are_no_admins(world: World) -> None:
    world.answer(admin.get_list, always(admin.AdminPage(items=(), total=0, page=1, limit=10)))


async def test_what_a_query_leaves_out_is_the_contract_s_to_say(world: World, http: httpx.AsyncClient) -> None:
    data_of(await http.get(LIST, headers=bearer(ADMIN)))

    assert world.asked_of(admin.get_list)[0][0] == admin.Page(page=1, limit=10)


async def test_numbers_are_read_from_text(world: World, http: httpx.AsyncClient) -> None:
    data_of(await http.get(f"{LIST}?page=3&limit=%320", headers=bearer(ADMIN)))

    assert world.asked_of(admin.get_list)[0][0] == admin.Page(page=3, limit=20)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=1000001", "page"),
        ("page=" + "9" * 5000, "page"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=%00", "limit"),
        ("page=1&page=2", "page"),
        ("pages=1", "pages"),
        ("page=%ff", ""),
        ("&".join(f"a{number}=1" for number in range(200)), ""),
        ("%1b%5b2J=1", "?"),
    ],
)
async def test_a_query_that_does_not_fit_is_refused(
    world: World, http: httpx.AsyncClient, query: str, field: str
) -> None:
    detailed = invalid(await http.get(f"{LIST}?{query}", headers=bearer(ADMIN)))

    assert [wrong["field"] for wrong in detailed] == [field]
    assert not world.asked_of(admin.get_list)


async def test_a_route_with_a_body_takes_no_query(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/admin/login?email=a@b", json={"email": "a@b", "password": "x"})

    assert invalid(answer) == [{"field": "", "message": "A query is not expected"}]
