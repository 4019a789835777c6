"""Over a limit: refused before anything is done, told when to come again, counted by address and by user."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from contracts import admin, auth
from flowkit.contract import Unavailable
from flowkit.telemetry import names
from gateway_service.settings import Settings

from .answers import data_of, refused
from .raw import a_wire
from .world import ADA, ADMIN, ROOT, SIGNED_IN, World, a_world, always, bearer, failing

LIST, LOGIN, ME = "/api/v1/admin/list", "/api/v1/admin/login", "/api/v1/auth/me"
CREDENTIALS = {"email": "a@b", "password": "x"}
NO_ADMINS = admin.AdminPage(items=(), total=0, page=1, limit=10)


@asynccontextmanager
async def limited(**limits: Any) -> AsyncGenerator[tuple[World, httpx.AsyncClient]]:
    settings = Settings(drain_grace_ms=0, trusted_proxies=("127.0.0.1",), **limits)
    async with a_world(settings) as world, httpx.AsyncClient(base_url=world.url) as http:
        world.answer(admin.login, always(SIGNED_IN))
        world.answer(admin.get_list, always(NO_ADMINS))
        yield world, http


def at(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


def over(world: World, group: str, per: str) -> float | None:
    labels = {names.LABEL_GROUP: group, names.LABEL_PER: per}
    return world.metrics.registry.get_sample_value(names.RATE_LIMITED, labels)


async def test_an_address_over_its_limit_is_refused_before_any_service_is_asked() -> None:
    async with limited(limit_signing_in_address="1/minute burst 2") as (world, http):
        for _ in range(2):
            data_of(await http.post(LOGIN, json=CREDENTIALS))
        answer = await http.post(LOGIN, json=CREDENTIALS)

        assert refused(answer, 429, "TOO_MANY_REQUESTS", "Too many requests") == []
        assert 50 <= int(answer.headers["retry-after"]) <= 60
        assert len(world.asked_of(admin.login)) == 2
        assert over(world, "signing in", "address") == 1


async def test_it_is_told_how_many_are_left() -> None:
    async with limited(limit_signing_in_address="30/minute burst 20") as (_, http):
        first, second = [await http.post(LOGIN, json=CREDENTIALS) for _ in range(2)]

    assert first.headers["ratelimit-policy"] == '"signing-in-per-address";q=20;w=40'
    assert first.headers["ratelimit"] == '"signing-in-per-address";r=19;t=2'
    told = [second.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
    assert told == ["20", "18", "4"]


async def test_of_two_limits_both_are_told_and_the_nearest_in_the_old_words() -> None:
    async with limited(limit_reading_address="1/second burst 100", limit_reading_user="1/second burst 4") as (_, http):
        answer = await http.get(LIST, headers=bearer(ADMIN))

    assert answer.headers["ratelimit-policy"] == ('"reading-per-address";q=100;w=100, "reading-per-user";q=4;w=4')
    assert answer.headers["ratelimit"] == '"reading-per-address";r=99;t=1, "reading-per-user";r=3;t=1'
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("4", "3")


async def test_who_waits_as_long_as_told_is_let_in() -> None:
    async with limited(limit_signing_in_address="30/minute burst 1") as (_, http):
        data_of(await http.post(LOGIN, json=CREDENTIALS))
        refusal = await http.post(LOGIN, json=CREDENTIALS)
        began = time.monotonic()
        while time.monotonic() < began + int(refusal.headers["retry-after"]):
            time.sleep(0.05)  # noqa: ASYNC251 - nothing else is to happen meanwhile

        data_of(await http.post(LOGIN, json=CREDENTIALS))


async def test_another_address_is_not_counted_for_it_and_no_client_can_pass_for_one() -> None:
    async with limited(limit_signing_in_address="1/minute burst 1") as (_, http):
        data_of(await http.post(LOGIN, json=CREDENTIALS, headers=at("203.0.113.7")))
        forged = await http.post(LOGIN, json=CREDENTIALS, headers=at("1.1.1.1, 203.0.113.7"))
        other = await http.post(LOGIN, json=CREDENTIALS, headers=at("203.0.113.8"))

    assert (forged.status_code, other.status_code) == (429, 200)


async def test_an_ipv6_client_has_one_limit_for_all_its_addresses() -> None:
    async with limited(limit_signing_in_address="1/minute burst 1") as (_, http):
        answers = [await http.post(LOGIN, json=CREDENTIALS, headers=at(f"2001:db8::{n:x}")) for n in range(1, 4)]

    assert [answer.status_code for answer in answers] == [200, 429, 429]


async def test_a_user_has_one_limit_wherever_they_ask_from() -> None:
    async with limited(limit_reading_user="1/minute burst 2") as (world, http):
        statuses = [
            (await http.get(LIST, headers=bearer(ADMIN) | at(f"203.0.113.{number}"))).status_code for number in range(4)
        ]
        data_of(await http.get(LIST, headers=bearer(ROOT)))

        assert statuses == [200, 200, 429, 429]
        assert over(world, "reading", "user") == 2


async def test_each_group_of_routes_is_counted_by_itself() -> None:
    async with limited(limit_signing_in_address="1/minute burst 1") as (_, http):
        await http.post(LOGIN, json=CREDENTIALS)
        assert (await http.post(LOGIN, json=CREDENTIALS)).status_code == 429

        data_of(await http.get(LIST, headers=bearer(ADMIN)))


async def test_it_is_refused_before_its_body_is_here() -> None:
    async with limited(limit_signing_in_address="1/minute burst 1") as (world, http):
        await http.post(LOGIN, json=CREDENTIALS)
        async with a_wire(world.url) as wire:
            head = f"POST {LOGIN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
            await wire.send(head.encode())
            answer = await wire.answer(within=3)

    assert (answer.status, answer.headers["connection"]) == (429, "close")


async def test_pages_are_counted_as_reading() -> None:
    async with limited(limit_reading_address="1/minute burst 1") as (_, http):
        assert [(await http.get("/api/docs")).status_code for _ in range(2)] == [200, 429]


async def test_a_flood_of_bad_tokens_does_not_become_one_for_auth() -> None:
    async with limited(limit_unknown_tokens="1/minute burst 10") as (world, http):
        statuses = [
            (await http.get(ME, headers={"authorization": f"Bearer e30.no.{number}"})).status_code
            for number in range(100)
        ]

        assert statuses == [401] * 10 + [429] * 90
        assert len(world.asked_of(auth.validate)) == 10
        assert over(world, "unknown tokens", "address") == 90


async def test_who_is_known_is_not_kept_out_by_a_neighbours_bad_tokens() -> None:
    async with limited(limit_unknown_tokens="1/minute burst 2") as (_, http):
        known = bearer(ADMIN)
        data_of(await http.get(LIST, headers=known))
        for number in range(5):
            await http.get(ME, headers={"authorization": f"Bearer e30.no.{number}"})

        data_of(await http.get(LIST, headers=known))
        assert (await http.get(LIST, headers=bearer(ROOT))).status_code == 429


async def test_good_tokens_cost_nothing_and_neither_does_an_auth_that_is_away() -> None:
    async with limited(limit_unknown_tokens="1/hour burst 1") as (world, http):
        for who in (ADMIN, ROOT, ADA):
            assert (await http.get(LIST, headers=bearer(who))).status_code in (200, 403)
        world.answer(auth.validate, failing(Unavailable()))
        for _ in range(3):
            assert (await http.get(LIST, headers=bearer(ADMIN))).status_code == 503


async def test_switched_off_nothing_is_counted_nor_told() -> None:
    async with limited(rate_limits="off", limit_signing_in_address="1/minute burst 1") as (_, http):
        answers = [await http.post(LOGIN, json=CREDENTIALS) for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert not any(name.startswith("ratelimit") for answer in answers for name in answer.headers)
