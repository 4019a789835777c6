"""The trace a request belongs to: the client's own where it is well formed, else a new one, told on every answer."""

import uuid

import pytest
from httpx import AsyncClient, Response

from tests.cluster import People, Running

from .answers import trace_of

HEALTH = "/api/v1/healthcheck"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def a_trace_id() -> str:
    return uuid.uuid4().hex


async def test_every_answer_tells_its_trace_and_no_two_share_one(http: AsyncClient) -> None:
    answers = [await http.get(path) for path in (HEALTH, HEALTH, "/nowhere", "/api/v1/auth/me", "/api/docs")]

    assert len({trace_of(answer) for answer in answers}) == len(answers)


@pytest.mark.parametrize("flags", ["00", "01", "ff"])
async def test_a_traceparent_is_followed(http: AsyncClient, cluster: Running, flags: str) -> None:
    trace_id = a_trace_id()

    answer = await http.get(HEALTH, headers={"traceparent": f"00-{trace_id}-{SPAN}-{flags}"})

    assert trace_of(answer) == trace_id
    assert (await cluster.log.request(trace_id))["trace_id"] == trace_id
    assert (await cluster.log.flow(trace_id, "api.v1.healthcheck"))["caller"] == "gateway"


async def test_a_later_version_of_traceparent_is_followed(http: AsyncClient) -> None:
    trace_id = a_trace_id()

    answer = await http.get(HEALTH, headers={"traceparent": f"01-{trace_id}-{SPAN}-01-what-comes-then"})

    assert trace_of(answer) == trace_id


async def test_a_trace_id_is_followed_as_hex_and_as_a_uuid(http: AsyncClient) -> None:
    for wanted in (uuid.uuid4(), uuid.uuid4()):
        for form in (wanted.hex, wanted.hex.upper(), str(wanted)):
            assert trace_of(await http.get(HEALTH, headers={"x-trace-id": form})) == wanted.hex


async def test_a_traceparent_goes_before_a_trace_id(http: AsyncClient) -> None:
    trace_id = a_trace_id()

    answer = await http.get(HEALTH, headers={"traceparent": f"00-{trace_id}-{SPAN}-01", "x-trace-id": a_trace_id()})

    assert trace_of(answer) == trace_id


async def test_errors_belong_to_the_clients_trace_too(http: AsyncClient, people: People) -> None:
    wanted = [a_trace_id() for _ in range(4)]
    sent = [{"x-trace-id": trace_id} for trace_id in wanted]

    answers: list[Response] = [
        await http.get("/nowhere", headers=sent[0]),
        await http.get("/api/v1/auth/me", headers=sent[1]),
        await http.post("/api/v1/healthcheck", headers=sent[2]),
        await http.get("/api/v1/admin/list?page=0", headers=sent[3] | (await people.root()).bearer),
    ]

    assert [answer.status_code for answer in answers] == [404, 401, 405, 400]
    assert [trace_of(answer) for answer in answers] == wanted


MALFORMED = {
    "too short": ("x-trace-id", TRACE[:-1].encode()),
    "too long": ("x-trace-id", TRACE.encode() + b"0"),
    "no hex": ("x-trace-id", b"g" * 32),
    "zeros": ("x-trace-id", b"0" * 32),
    "a tab in it": ("x-trace-id", TRACE[:16].encode() + b"\t" + TRACE[17:].encode()),
    "not ASCII": ("x-trace-id", "é".encode() * 16),
    "full-width digits": ("x-trace-id", "\uff10".encode() * 32),
    "braces": ("x-trace-id", b"{" + str(uuid.UUID(TRACE)).encode() + b"}"),
    "a very long one": ("x-trace-id", b"a" * 8000),
    "traceparent in capitals": ("traceparent", f"00-{TRACE.upper()}-{SPAN}-01".encode()),
    "traceparent of zeros": ("traceparent", f"00-{'0' * 32}-{SPAN}-01".encode()),
    "traceparent with no span": ("traceparent", f"00-{TRACE}-{'0' * 16}-01".encode()),
    "traceparent of version ff": ("traceparent", f"ff-{TRACE}-{SPAN}-01".encode()),
    "traceparent with more than its version has": ("traceparent", f"00-{TRACE}-{SPAN}-01-x".encode()),
    "traceparent cut short": ("traceparent", f"00-{TRACE}-{SPAN}".encode()),
    "traceparent of junk": ("traceparent", b"../../etc/passwd"),
}


@pytest.mark.parametrize(("name", "value"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_malformed_is_neither_used_nor_reflected(http: AsyncClient, name: str, value: bytes) -> None:
    answer = await http.get(HEALTH, headers=[(name.encode(), value)])

    assert answer.status_code == 200
    assert trace_of(answer) != TRACE
    assert all(value not in told for _, told in answer.headers.raw)


async def test_a_trace_given_twice_is_not_used(http: AsyncClient) -> None:
    one, other = a_trace_id(), a_trace_id()

    answer = await http.get(HEALTH, headers=[("x-trace-id", one), ("x-trace-id", other)])

    assert trace_of(answer) not in (one, other)


async def test_a_request_id_is_passed_through_and_told_by_every_service(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    request_id = f"order 66/{a_trace_id()}"
    headers = (await people.root()).bearer | {"x-request-id": request_id}

    answer = await http.get("/api/v1/admin/list", headers=headers)

    assert answer.headers["x-request-id"] == request_id
    line = await cluster.log.flow(trace_of(answer), "api.v1.admin.getList")
    assert line["request_id"] == request_id


@pytest.mark.parametrize("given", [b"", b"x" * 129, "é".encode(), b"a\tb", b"\x80\xff"])
async def test_a_request_id_that_cannot_be_shown_is_replaced(http: AsyncClient, given: bytes) -> None:
    answer = await http.get(HEALTH, headers=[(b"x-request-id", given)])

    assert uuid.UUID(answer.headers["x-request-id"])


async def test_what_a_client_says_in_baggage_and_tracestate_goes_no_further(http: AsyncClient) -> None:
    trace_id = a_trace_id()
    headers = {"traceparent": f"00-{trace_id}-{SPAN}-01", "tracestate": "evil=1", "baggage": "role=root"}

    answer = await http.get(HEALTH, headers=headers)

    assert trace_of(answer) == trace_id
    assert not {"tracestate", "baggage", "traceparent"} & answer.headers.keys()
