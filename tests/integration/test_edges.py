"""What the edge refuses by itself, in the envelope like everything else."""

import httpx
import pytest
from httpx import AsyncClient

from tests.cluster import Running
from tests.cluster.people import a_newcomer

from .answers import data_of, refused, trace_of

REGISTER = "/api/v1/customer/register"
LIMIT = 256 * 1024
TOO_LARGE = "The body is larger than 256 KiB"
NOT_JSON = "The body must be application/json in UTF-8, not encoded"
LONG_HEAD = "The headers are larger than 32 KiB"


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1/nothing", "/api/v1/auth/validate", "/metrics", "/health/live"])
async def test_an_unknown_route_is_not_found(http: AsyncClient, cluster: Running, path: str) -> None:
    answer = await http.get(path)

    refused(answer, 404, "NOT_FOUND", "Not found")
    line = await cluster.log.request(trace_of(answer))
    assert (line["status"], line["error_code"], line["method"]) == (404, "NOT_FOUND", "GET")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/api/v1/customer/register", "OPTIONS, POST"),
        ("DELETE", "/api/v1/admin/list", "GET, HEAD, OPTIONS"),
        ("POST", "/api/v1/customers/0190b7a0-3c5e-7d11-9f3a-5b1f8f1c2d3e", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("PATCH", "/api/v1/healthcheck", "GET, HEAD, OPTIONS"),
        ("TRACE", "/api/v1/healthcheck", "GET, HEAD, OPTIONS"),
        ("BREW", "/api/v1/healthcheck", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_wrong_method_is_told_the_right_ones(
    http: AsyncClient, cluster: Running, method: str, path: str, allow: str
) -> None:
    answer = await http.request(method, path)

    refused(answer, 405, "METHOD_NOT_ALLOWED", "Method not allowed")
    assert answer.headers["allow"] == allow
    assert (await cluster.log.request(trace_of(answer)))["status"] == 405


async def test_options_tell_what_a_path_takes(http: AsyncClient) -> None:
    answer = await http.options("/api/v1/admin/list")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert trace_of(answer)


async def test_head_is_get_without_its_body(http: AsyncClient) -> None:
    answer = await http.head("/api/v1/healthcheck")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/xml", "application/json; charset=latin-1", "application/jsonx"],
)
async def test_another_content_type_is_refused(http: AsyncClient, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = await http.post(REGISTER, content=b"{}", headers=headers)

    refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE", NOT_JSON)


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=UTF-8"])
async def test_json_is_taken_however_it_is_spelt(http: AsyncClient, content_type: str) -> None:
    body = httpx.Request("POST", "http://x", json=a_newcomer()).content

    data_of(await http.post(REGISTER, content=body, headers={"Content-Type": content_type}), 201)


def padded(size: int) -> bytes:
    """A registration of exactly that many bytes."""
    body = httpx.Request("POST", "http://x", json=a_newcomer()).content
    return body + b" " * (size - len(body))


async def test_a_body_of_256_kib_is_taken_and_one_byte_more_is_not(http: AsyncClient, cluster: Running) -> None:
    json = {"Content-Type": "application/json"}

    fits = await http.post(REGISTER, content=padded(LIMIT), headers=json)
    too_large = await http.post(REGISTER, content=padded(LIMIT + 1), headers=json)

    data_of(fits, 201)
    refused(too_large, 413, "PAYLOAD_TOO_LARGE", TOO_LARGE)
    assert (await cluster.log.request(trace_of(too_large)))["error_code"] == "PAYLOAD_TOO_LARGE"


async def test_a_body_of_unknown_length_is_bounded_too(http: AsyncClient) -> None:
    async def parts(size: int):  # noqa: ANN202  httpx takes any iterator of bytes
        body = padded(size)
        for start in range(0, size, 16 * 1024):
            yield body[start : start + 16 * 1024]

    json = {"Content-Type": "application/json"}

    data_of(await http.post(REGISTER, content=parts(LIMIT), headers=json), 201)
    refused(await http.post(REGISTER, content=parts(LIMIT + 1), headers=json), 413, "PAYLOAD_TOO_LARGE", TOO_LARGE)


async def test_headers_of_more_than_the_limit_are_refused(http: AsyncClient, cluster: Running) -> None:
    answer = await http.get("/api/v1/healthcheck", headers={"X-Filler": "x" * 40_000})

    refused(answer, 431, "HEADERS_TOO_LARGE", LONG_HEAD)
    assert (await cluster.log.request(trace_of(answer)))["status"] == 431


async def test_answers_tell_nothing_of_what_runs_behind_them(http: AsyncClient) -> None:
    answer = await http.get("/api/v1/healthcheck")

    assert answer.headers["server"] == "gateway"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in answer.headers if name.startswith(("access-control", "x-powered", "flow-", "nats-"))]
