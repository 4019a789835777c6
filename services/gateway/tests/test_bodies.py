"""What a body must be, and what is said of one that is not."""

import asyncio

import httpx
import pytest
from contracts import admin, customer

from . import answers
from .answers import data_of, invalid, refused
from .raw import a_wire, post, sent
from .world import ADA, SIGNED_IN, Held, World, a_customer, always, bearer

LOGIN = "/api/v1/admin/login"
JSON = {"content-type": "application/json"}
GOOD = b'{"email":"ada@example.org","password":"a good one"}'
LIMIT = 256 * 1024
CHUNKED = (
    b"POST /api/v1/admin/login HTTP/1.1\r\nHost: x\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@pytest.fixture(autouse=True)
def _anyone_may_sign_in(world: World) -> None:
    world.answer(admin.login, always(SIGNED_IN))


async def test_a_body_that_fits_its_contract_reaches_the_flow(world: World, http: httpx.AsyncClient) -> None:
    assert data_of(await http.post(LOGIN, content=GOOD, headers=JSON)) == answers.SIGNED_IN
    ((request, _),) = world.asked_of(admin.login)
    assert request == admin.Credentials(email="ada@example.org", password="a good one")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", ("", "A JSON body is expected")),
        (b"{", ("", "Not valid JSON")),
        (b"\xff\xfe", ("", "Not valid JSON")),
        (b'{"email":"\xff@b","password":"x"}', ("", "Not valid JSON")),
        (b"[" * 100_000, ("", "Not valid JSON")),
        (b'{"email":' + b"[" * 50_000 + b"]" * 50_000 + b',"password":"x"}', None),
        (b"\x00", ("", "Not valid JSON")),
        (b"null", None),
        (b"[]", None),
        (b'"text"', None),
        (b'{"email":"a@b","password":' + b"9" * 10_000 + b"}", None),
        (b'{"email":"a@b","password":1e999}', None),
        (b'{"email":"a@b","password":NaN}', ("", "Not valid JSON")),
        (b'{"email":1.5, oops', ("", "Not valid JSON")),
        (b'{"email":1.5,"password":' + b"[" * 1100 + b"]" * 1100 + b"}", None),
        (b'{"email":"a@b"}', ("password", "Required")),
        (b'{"email":"a@b","password":"x","root":true}', ("root", "Unknown field")),
        (b'{"email":"a@b","password":"x","password":"y"}', ("password", "Given twice")),
        (b'{"email":"a@b","password":"a\\u0000b"}', ("password", "The character NUL is not allowed")),
        (b'{"email":"a\\u0000@b","password":"x"}', ("email", "Not in the expected form")),
        (b'{"email":"a@b\\n","password":"x"}', ("email", "Not in the expected form")),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_before_any_flow(
    world: World, http: httpx.AsyncClient, body: bytes, told: tuple[str, str] | None
) -> None:
    detailed = invalid(await http.post(LOGIN, content=body, headers=JSON))

    assert detailed
    if told is not None:
        assert {"field": told[0], "message": told[1]} in detailed
    assert not world.asked_of(admin.login)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/jsonx"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/x-www-form-urlencoded"},
        JSON | {"content-encoding": "gzip"},
    ],
)
async def test_what_is_not_plain_json_is_refused(http: httpx.AsyncClient, headers: dict[str, str]) -> None:
    refused(
        await http.post(LOGIN, content=GOOD, headers=headers),
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "The body must be application/json in UTF-8, not encoded",
    )


@pytest.mark.parametrize(
    "kind", ["application/json", "APPLICATION/JSON;charset=utf-8", 'application/json; charset="UTF-8"']
)
async def test_json_is_taken_however_its_type_is_spelt(http: httpx.AsyncClient, kind: str) -> None:
    data_of(await http.post(LOGIN, content=GOOD, headers={"content-type": kind}))


async def test_a_body_announced_as_too_large_is_refused_without_being_read(world: World) -> None:
    head = post(LOGIN, b"")[:-2].replace(b"Content-Length: 0", b"Content-Length: %d" % (LIMIT + 1))

    answer = await sent(world.url, head + b"\r\n")

    assert (answer.status, answer.envelope["errorCode"]) == (413, "PAYLOAD_TOO_LARGE")
    assert answer.headers["connection"] == "close"


async def test_a_body_in_chunks_is_refused_once_it_is_too_large(world: World) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    answer = await sent(world.url, CHUNKED + chunk * 5)

    assert (answer.status, answer.envelope["message"]) == (413, "The body is larger than 256 KiB")


async def test_a_body_of_exactly_the_limit_is_read(http: httpx.AsyncClient) -> None:
    data_of(await http.post(LOGIN, content=GOOD.ljust(LIMIT), headers=JSON))


async def test_a_body_of_two_megabytes_is_answered_all_the_same(http: httpx.AsyncClient) -> None:
    answer = await http.post(LOGIN, content=b" " * 2_000_000, headers=JSON)

    refused(answer, 413, "PAYLOAD_TOO_LARGE", "The body is larger than 256 KiB")


async def test_a_body_in_chunks_is_read_whole(world: World) -> None:
    async with a_wire(world.url) as wire:
        await wire.send(CHUNKED + b"a\r\n" + GOOD[:10] + b"\r\n")
        await asyncio.sleep(0.05)
        await wire.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD) - 10, GOOD[10:]))

        assert (await wire.answer()).status == 200


async def test_a_body_where_none_is_expected_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.request("GET", "/api/v1/healthcheck", content=b"{}", headers=JSON)

    assert invalid(answer) == [{"field": "", "message": "A body is not expected"}]


async def test_a_body_is_joined_with_what_the_path_says(world: World, http: httpx.AsyncClient) -> None:
    world.answer(customer.update, always(a_customer()))

    data_of(await http.put(f"/api/v1/customers/{ADA.id}", json={"firstName": "Augusta"}, headers=bearer(ADA)))

    ((request, _),) = world.asked_of(customer.update)
    assert request == customer.Changes(id=ADA.id, first_name="Augusta")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"id":"0190b7a0-0000-7000-8000-000000000001"}', "id"),
        (b'{"firstName":"a","firstName":"b"}', "firstName"),
        (b'{"nickname":"a"}', "nickname"),
        (b"[]", ""),
        (b"{", ""),
        (b'{"lastName":' + b"[" * 50_000, ""),
    ],
)
async def test_a_body_cannot_contradict_the_path(http: httpx.AsyncClient, body: bytes, field: str) -> None:
    answer = await http.put(f"/api/v1/customers/{ADA.id}", content=body, headers=bearer(ADA) | JSON)

    assert [wrong["field"] for wrong in invalid(answer)] == [field]


async def test_a_path_that_holds_no_id_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/customers/%ff%00", headers=bearer(ADA))

    assert [wrong["field"] for wrong in invalid(answer)] == ["id"]


async def test_a_body_that_does_not_come_is_not_waited_for_past_the_budget(hasty: World) -> None:
    async with a_wire(hasty.url) as wire:
        await wire.send(post(LOGIN, GOOD)[:-5])
        answer = await wire.answer(within=3)

    assert (answer.status, answer.envelope["detailed"][0]["message"]) == (400, "The body did not arrive in time")


async def test_who_hangs_up_in_the_middle_of_a_body_leaves_nothing_behind(
    world: World, http: httpx.AsyncClient
) -> None:
    async with a_wire(world.url) as wire:
        await wire.send(post(LOGIN, GOOD)[:-5])
        while not world.traffic.in_flight:
            await asyncio.sleep(0.01)
    # Sooner than its budget of 5 s would have ended it.
    async with asyncio.timeout(3):
        await world.traffic.ebb()

    data_of(await http.post(LOGIN, content=GOOD, headers=JSON))


async def test_who_still_sends_a_body_nobody_reads_is_told_that_the_line_closes(http: httpx.AsyncClient) -> None:
    large = b" " * (LIMIT - 1)
    for path, status in (("/nowhere", 404), ("/api/v1/healthcheck", 405), ("/api/v1/admin/create-admin", 401)):
        answer = await http.post(path, content=large, headers=JSON)
        assert (answer.status_code, answer.headers["connection"]) == (status, "close")


async def test_a_body_that_was_read_leaves_the_line_open(http: httpx.AsyncClient) -> None:
    for body in (GOOD, b"{", b"[]"):
        assert "connection" not in (await http.post(LOGIN, content=body, headers=JSON)).headers


async def test_a_body_in_broken_chunks_is_answered(world: World) -> None:
    answer = await sent(world.url, CHUNKED + b"not a number\r\n")

    assert (answer.status, answer.envelope["detailed"][0]["message"]) == (400, "The body did not arrive whole")
    assert answer.headers["connection"] == "close"


async def test_more_bodies_than_there_is_room_for_are_refused_until_the_others_are_answered(
    world: World, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway_service.http.traffic.LARGEST_BODIES", 3 * len(GOOD) // 2)
    held = Held(SIGNED_IN)
    world.answer(admin.login, held)
    first = asyncio.create_task(http.post(LOGIN, content=GOOD, headers=JSON))
    await held.started.wait()

    second = await http.post(LOGIN, content=GOOD, headers=JSON)
    held.finish.set()

    refused(second, 503, "SERVICE_UNAVAILABLE", "Service unavailable")
    assert second.headers["retry-after"]
    data_of(await first)
    data_of(await http.post(LOGIN, content=GOOD, headers=JSON))
    await world.traffic.ebb()
    assert world.traffic.held == 0
