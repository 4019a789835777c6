"""Where a client sits: believed of nobody but the proxies that are named."""

from typing import Any

import httpx
import pytest
from contracts import admin
from gateway_service.http.client_address import ClientAddresses
from gateway_service.settings import ForwardedBy, Settings

from .world import SIGNED_IN, a_world, always

NEAR, FAR, CLIENT, LIAR = "10.0.0.1", "10.0.0.2", "203.0.113.7", "198.51.100.9"


def address(peer: str | None, *forwarded: str, trusted: str = "10.0.0.0/8", by: ForwardedBy = "x-forwarded-for") -> str:
    settings = Settings(trusted_proxies=(trusted,), forwarded_by=by)
    headers = [(by.encode(), line.encode()) for line in forwarded]
    client = None if peer is None else (peer, 1234)
    scope: Any = {"client": client, "headers": [(b"host", b"x"), *headers]}
    return ClientAddresses(settings.proxies, settings.forwarded_by).of(scope)


def test_it_is_the_peers_where_the_peer_is_no_proxy_of_ours_whatever_it_says() -> None:
    assert address(LIAR, CLIENT) == LIAR


def test_a_proxy_of_ours_is_believed() -> None:
    assert address(NEAR, CLIENT) == CLIENT


def test_what_the_client_wrote_itself_stands_further_and_is_not_looked_at() -> None:
    assert address(NEAR, f"{LIAR}, 1.1.1.1, nonsense, {CLIENT}, {FAR}") == CLIENT


def test_lines_of_one_header_are_one_list() -> None:
    assert address(NEAR, LIAR, f"{CLIENT},{FAR}") == CLIENT
    assert address(NEAR, CLIENT, FAR) == CLIENT


@pytest.mark.parametrize("told", ["", "unknown", "_hidden", "300.1.1.1", "1.2.3", "01.2.3.4", ",", "1.2.3.4:", "é"])
def test_where_a_hop_cannot_be_read_whoever_told_of_it_is_as_far_as_is_known(told: str) -> None:
    assert address(NEAR, told) == NEAR
    assert address(NEAR, f"{CLIENT}, {told}, {FAR}") == FAR


def test_where_all_are_proxies_it_is_the_furthest() -> None:
    assert address(NEAR, FAR) == FAR
    assert address(NEAR) == NEAR


def test_a_list_without_end_is_read_for_a_while() -> None:
    assert address(NEAR, ",".join([CLIENT, *[FAR] * 31])) == CLIENT
    assert address(NEAR, ",".join([CLIENT, *[FAR] * 32])) == FAR


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("203.0.113.7:4711", CLIENT),
        ("::ffff:203.0.113.7", CLIENT),
        ("[::ffff:cb00:7107]:443", CLIENT),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("[2001:DB8:1:2::9]", "2001:db8:1:2::"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::"),
    ],
)
def test_every_way_to_write_an_address_is_one_and_an_ipv6_client_has_a_whole_64(told: str, counted: str) -> None:
    assert address(NEAR, told) == counted
    assert address(NEAR, f'for="{told}"', by="forwarded") == counted


def test_a_mapped_peer_is_the_proxy_it_is() -> None:
    assert address(f"::ffff:{NEAR}", CLIENT) == CLIENT
    assert address("2001:db8::1", CLIENT, trusted="2001:db8::/64") == CLIENT


def test_who_has_no_address_has_none() -> None:
    assert address(None, CLIENT) == ""
    assert address("a socket's path", CLIENT) == ""


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        (f"for={CLIENT};proto=https;by={NEAR}", CLIENT),
        (f"For = {CLIENT} ; host=x, for={FAR}", CLIENT),
        (f'for="x, for={CLIENT}', CLIENT),
        ("for=unknown", NEAR),
        ("for=_hidden", NEAR),
        (f"for={CLIENT};for={LIAR}", NEAR),
        (f"by={CLIENT}", NEAR),
        (CLIENT, NEAR),
    ],
)
def test_forwarded_is_read_where_it_is_what_our_proxies_write(told: str, counted: str) -> None:
    assert address(NEAR, told, by="forwarded") == counted


async def test_a_flow_learns_where_its_client_sits() -> None:
    async with a_world(Settings(trusted_proxies=("127.0.0.1",))) as world, httpx.AsyncClient() as http:
        world.answer(admin.login, always(SIGNED_IN))
        login, credentials = f"{world.url}/api/v1/admin/login", {"email": "a@b", "password": "x"}

        await http.post(login, json=credentials, headers={"x-forwarded-for": CLIENT, "forwarded": f"for={LIAR}"})
        await http.post(login, json=credentials)

        assert [call.client_address for _, call in world.asked_of(admin.login)] == [CLIENT, "127.0.0.1"]
