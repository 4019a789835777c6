"""Which pages of other sites may read an answer."""

from collections.abc import AsyncGenerator

import httpx
import pytest_asyncio
from gateway_service.settings import Settings

from .world import a_world

HEALTH = "/api/v1/healthcheck"
SHOP = {"origin": "https://shop.example.org"}
ASKS_FIRST = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization"}


def allowances(answer: httpx.Response) -> set[str]:
    return {name for name in answer.headers if name.startswith("access-control")}


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncGenerator[httpx.AsyncClient]:
    settings = Settings(cors_origins=("https://shop.example.org", "https://desk.example.org"))
    async with a_world(settings) as world, httpx.AsyncClient(base_url=world.url) as http:
        yield http


async def test_no_page_may_unless_its_site_is_named(http: httpx.AsyncClient) -> None:
    for answer in (await http.get(HEALTH, headers=SHOP), await http.options(HEALTH, headers=SHOP | ASKS_FIRST)):
        assert not allowances(answer)


async def test_a_named_site_may_read_errors_too(shop: httpx.AsyncClient) -> None:
    for path in (HEALTH, "/nowhere"):
        answer = await shop.get(path, headers=SHOP)
        assert answer.headers["access-control-allow-origin"] == SHOP["origin"]
        assert answer.headers["vary"] == "origin"
        assert "x-trace-id" in answer.headers["access-control-expose-headers"]


async def test_another_site_may_not(shop: httpx.AsyncClient) -> None:
    answer = await shop.get(HEALTH, headers={"origin": "https://shop.example.org.evil.example"})

    assert not allowances(answer)
    assert answer.headers["vary"] == "origin"


async def test_a_browser_that_asks_first_is_told_what_it_may_send(shop: httpx.AsyncClient) -> None:
    answer = await shop.options("/api/v1/customers/1", headers=SHOP | ASKS_FIRST)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == SHOP["origin"]


async def test_a_star_lets_every_site_in() -> None:
    settings = Settings(cors_origins=("*",))
    async with a_world(settings) as world, httpx.AsyncClient(base_url=world.url) as http:
        assert (await http.get(HEALTH, headers=SHOP)).headers["access-control-allow-origin"] == SHOP["origin"]
