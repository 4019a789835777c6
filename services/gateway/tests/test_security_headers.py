"""Every answer, whatever it says, tells a browser what not to do with it."""

import shutil
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import Mapping

import httpx
import pytest
from contracts import admin
from flowkit.contract import Unavailable
from gateway_service.docs.pages import pages
from gateway_service.http.limits import LARGEST_BODY, LARGEST_HEAD
from gateway_service.http.page import Page
from gateway_service.http.route import Route
from gateway_service.routes import ROUTES
from gateway_service.settings import Settings
from structlog.testing import capture_logs

from .test_shedding import guarded
from .world import ADMIN, World, a_world, always, bearer, failing

LIST, LOGIN = "/api/v1/admin/list", "/api/v1/admin/login"
EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "server": "gateway",
}
DATA = EVERYWHERE | {"content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"}
NOT_KEPT = {"cache-control": "no-store"}
PAGES = tuple(pages("1"))
SHOWN = {"/api/docs": "/api/v1/admin/login", "/api/asyncapi": "event.customer.registered.v1"}
"""By the pages for people, something that stands in each."""
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def bears(answer: httpx.Response, expected: Mapping[str, str]) -> None:
    """Each of them once, and just so."""
    for name, value in expected.items():
        assert answer.headers.get_list(name) == [value], name
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_every_route_does_refused_or_not(world: World, http: httpx.AsyncClient, route: Route) -> None:
    world.answer(route.contract, failing(Unavailable()))

    bears(await http.request(route.method, route.path, headers=bearer(ADMIN)), DATA)
    bears(await http.request(route.method, route.path), DATA)
    bears(await http.options(route.path), DATA | NOT_KEPT)


@pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
async def test_every_page_does(http: httpx.AsyncClient, page: Page) -> None:
    for answer in (await http.get(page.path), await http.head(page.path)):
        assert answer.status_code == 200
        bears(answer, EVERYWHERE if page.path in SHOWN else DATA)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_success_does(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.get_list, always(admin.AdminPage(items=(), total=0, page=1, limit=10)))
    for answer in (await http.get(LIST, headers=bearer(ADMIN)), await http.head(LIST, headers=bearer(ADMIN))):
        assert answer.status_code == 200
        bears(answer, DATA | NOT_KEPT)


async def test_every_kind_of_error_does(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.get_list, failing(ZeroDivisionError()))
    guarded(world, "GET", "/api/v1/customers").lane.limit = 0
    json = {"content-type": "application/json"}
    answers = {
        404: await http.get("/nowhere"),
        405: await http.delete(LIST),
        400: await http.post(LOGIN, json={}),
        401: await http.get(LIST, headers={"authorization": "Bearer nonsense"}),
        413: await http.post(LOGIN, content=b" " * (LARGEST_BODY + 1), headers=json),
        415: await http.post(LOGIN, content=b"{}"),
        431: await http.get(LIST, headers={"x-much": "x" * LARGEST_HEAD}),
        500: await crashed(http),
        503: await http.get("/api/v1/customers"),
    }

    for status, answer in answers.items():
        assert answer.status_code == status
        bears(answer, DATA | NOT_KEPT)


async def crashed(http: httpx.AsyncClient) -> httpx.Response:
    with capture_logs():  # a traceback in colours takes its time
        return await http.get(LIST, headers=bearer(ADMIN))


async def test_where_tls_ends_in_front_browsers_are_told_to_come_by_it_alone() -> None:
    told = Settings(drain_grace_ms=0, hsts_max_age_s=31_536_000)
    async with a_world(told) as world, httpx.AsyncClient(base_url=world.url) as http:
        guarded(world).lane.limit = 0
        for path in ("/api/docs", "/nowhere", LIST, "/api/v1/auth/me"):
            assert (await http.get(path)).headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
@pytest.mark.parametrize("path", SHOWN)
async def test_a_browser_shows_the_page_and_complains_of_nothing(world: World, path: str) -> None:
    browser = await create_subprocess_exec(
        str(CHROMIUM),
        *("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"),
        *("--virtual-time-budget=10000", "--dump-dom", f"{world.url}{path}"),
        stdout=PIPE,
        stderr=PIPE,
    )
    shown, told = (text.decode() for text in await browser.communicate())

    assert SHOWN[path] in shown
    assert [line for line in told.splitlines() if "CONSOLE" in line or "Content Security" in line] == []
