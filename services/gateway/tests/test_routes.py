"""Which requests find a route, and what those hear that do not."""

import httpx
import pytest
from contracts import customer, notification

from .answers import data_of, invalid, refused
from .raw import get, sent
from .world import ADMIN, World, a_customer, always, bearer


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1/auth/validate", "/metrics", "/health/ready", "/%00", "/%ff"])
async def test_an_unknown_route_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    refused(await http.get(path), 404, "NOT_FOUND", "Not found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/v1/admin/login", "OPTIONS, POST"),
        ("POST", "/api/v1/admin/list", "GET, HEAD, OPTIONS"),
        ("PATCH", "/api/v1/customers/1", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("BREW", "/api/docs", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    http: httpx.AsyncClient, method: str, path: str, allow: str
) -> None:
    answer = await http.request(method, path)

    refused(answer, 405, "METHOD_NOT_ALLOWED", "Method not allowed")
    assert answer.headers["allow"] == allow


async def test_options_tell_every_method_of_a_path(http: httpx.AsyncClient) -> None:
    answer = await http.options("/api/v1/customers/1")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PUT"


async def test_whose_record_is_named_in_the_path_by_the_contracts_own_word(
    world: World, http: httpx.AsyncClient
) -> None:
    none = notification.NotificationPage(items=(), total=0, page=1, limit=10)
    world.answer(notification.get_list, always(none))
    world.answer(customer.get, always(a_customer()))
    path = f"/api/v1/customers/{a_customer().id}"

    data_of(await http.get(path, headers=bearer(ADMIN)))
    data_of(await http.get(f"{path}/notifications?limit=5", headers=bearer(ADMIN)))

    ((one, _),), ((several, _),) = world.asked_of(customer.get), world.asked_of(notification.get_list)
    assert one == customer.WhichCustomer(id=a_customer().id)
    assert several == notification.WhichNotifications(customer_id=a_customer().id, limit=5)


async def test_head_is_get_without_its_body(http: httpx.AsyncClient) -> None:
    told, shown = await http.head("/api/v1/healthcheck"), await http.get("/api/v1/healthcheck")

    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == shown.headers["content-length"]


async def test_no_request_of_http_1_0_needs_a_host(world: World) -> None:
    answer = await sent(world.url, b"GET /api/v1/healthcheck HTTP/1.0\r\n\r\n")

    assert answer.status == 200


@pytest.mark.parametrize("hosts", [b"", b"Host:\r\n", b"Host: a\r\nHost: b\r\n", b"Host: a\r\nHost: a\r\n"])
async def test_a_request_of_http_1_1_names_its_host_once(world: World, hosts: bytes) -> None:
    answer = await sent(world.url, b"GET /api/v1/healthcheck HTTP/1.1\r\n" + hosts + b"\r\n")

    assert (answer.status, answer.envelope["detailed"]) == (400, [{"field": "Host", "message": "Required, once"}])


async def test_a_host_that_can_be_none_is_refused(http: httpx.AsyncClient) -> None:
    assert invalid(await http.get("/api/v1/healthcheck", headers={"host": "a/b"}))


async def test_every_answer_says_that_it_is_not_to_be_kept_or_guessed_at(http: httpx.AsyncClient) -> None:
    for answer in (await http.get("/api/v1/healthcheck"), await http.get("/nowhere")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["server"] == "gateway"


async def test_headers_past_32_kib_are_refused_in_the_envelope(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/healthcheck", headers={"x-padding": "a" * 33_000})

    refused(answer, 431, "HEADERS_TOO_LARGE", "The headers are larger than 32 KiB")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"not http at all\r\n\r\n", 400),
        (get("/", b"x-trace-id: a\x01b"), 400),
        (get("/", b"x-nul: a\x00b"), 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\nhello", 400),
        (get("/", *(b"x-%d: y" % number for number in range(120))), 431),
        (get("/" + "a" * 70_000), 414),
    ],
)
async def test_what_is_no_http_is_refused_below_us_and_the_connection_closed(
    world: World, request_bytes: bytes, status: int
) -> None:
    answer = await sent(world.url, request_bytes)

    assert (answer.status, answer.body, answer.headers["connection"]) == (status, b"", "close")
