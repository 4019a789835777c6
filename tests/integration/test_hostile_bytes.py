"""Whatever bytes come: no fault of the server, nothing of its innards, one log line for each that got through."""

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from httpx import AsyncClient

from tests.cluster import Running
from tests.integration import hostile

from .answers import data_of
from .hostile_bodies import BODIES
from .raw_http import ANSWERED_WITHIN_S, RawAnswer, send

AT_ONCE = 24
UNFINISHED_S = 0.5
ENDS_WITHIN_S = 40.0
DOCUMENTED = {200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 415, 431}
# What the HTTP layer answers by itself, to what is not even a request; 0 is a connection closed without a word.
ANSWERED_BELOW = {0, 400, 414, 431}
INNARDS = (b"Traceback", b'File "', b".py", b"site-packages", b"asyncpg", b"litestar", b"granian")


@dataclass(frozen=True, slots=True)
class Outcome:
    what: str
    answer: RawAnswer

    @property
    def trace_id(self) -> str:
        """Given by the application, and by it alone."""
        return "".join(self.answer.all("x-trace-id"))


@pytest.fixture(scope="module")
async def outcomes(cluster: Running) -> list[Outcome]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def outcome(what: str, data: bytes) -> Outcome:
        patience_s = UNFINISHED_S if what in hostile.WAITED_FOR else ANSWERED_WITHIN_S
        async with turns:
            return Outcome(what, await send(cluster.gateway_url, data, patience_s))

    return await asyncio.gather(*(outcome(what, data) for what, data in hostile.corpus()))


def reached(outcomes: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.trace_id]


async def test_none_is_the_servers_fault_and_none_is_undocumented(outcomes: list[Outcome]) -> None:
    strange = [
        (outcome.what, outcome.answer.status, outcome.answer.body[:200])
        for outcome in outcomes
        if outcome.answer.status not in (DOCUMENTED if outcome.trace_id else ANSWERED_BELOW)
    ]

    assert strange == []


async def test_exactly_the_named_ones_never_reach_the_application(
    outcomes: list[Outcome], record_property: Callable[[str, object], None]
) -> None:
    kept_below = {outcome.what for outcome in outcomes if not outcome.trace_id}

    assert len({outcome.what for outcome in outcomes}) == len(outcomes)
    assert kept_below == hostile.BELOW_THE_APPLICATION | hostile.WAITED_FOR
    assert {outcome.answer.status for outcome in outcomes if outcome.what in hostile.WAITED_FOR} == {0}
    record_property("figure", _told(outcomes))


async def test_what_is_refused_below_the_application_is_refused_bare_and_leaves_no_line(
    cluster: Running, http: AsyncClient
) -> None:
    refused = [(what, data) for what, data in hostile.corpus() if what in hostile.BELOW_THE_APPLICATION]
    before = await _requests_logged(cluster, http)

    answers = await asyncio.gather(*(_until_it_ends(cluster.gateway_url, what, data) for what, data in refused))

    for (what, _), answer in zip(refused, answers, strict=True):
        head, _, body = answer.partition(b"\r\n\r\n")
        assert (int(head.split()[1]) if head else 0) in ANSWERED_BELOW, what
        assert body == b"", what
        assert b"x-trace-id" not in head.lower(), what
        assert not [word for word in INNARDS if word in answer], what
    assert await _requests_logged(cluster, http) == before + 1


async def test_what_reached_the_application_is_answered_in_the_envelope(outcomes: list[Outcome]) -> None:
    assert len(reached(outcomes)) > 100
    for outcome in reached(outcomes):
        if outcome.answer.status == 204:
            continue
        body = json.loads(outcome.answer.body)
        assert body["status"] == outcome.answer.status, outcome
        assert body["success"] is (outcome.answer.status < 300), outcome


async def test_no_answer_tells_of_the_servers_innards(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        told = outcome.answer.body + b"\n".join(value.encode() for _, value in outcome.answer.headers)
        assert not [word for word in INNARDS if word in told], outcome


async def test_nothing_sent_in_a_header_comes_back_as_one(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.answer.all("x-injected") == [], outcome.what
        assert len(outcome.answer.all("x-trace-id")) <= 1, outcome.what


async def test_each_that_reached_the_application_left_one_line_of_json(
    outcomes: list[Outcome], cluster: Running
) -> None:
    for outcome in reached(outcomes):
        line = await cluster.log.request(outcome.trace_id)
        assert line["status"] == outcome.answer.status, outcome.what
        assert len(cluster.log.of(outcome.trace_id, "request")) == 1, outcome.what
    assert cluster.log.unreadable == []


@pytest.mark.parametrize("what", BODIES)
async def test_every_hostile_body_reaches_the_application_and_is_refused(outcomes: list[Outcome], what: str) -> None:
    answer = next(outcome.answer for outcome in outcomes if outcome.what == f"body: {what}")

    harmless = {"SQL", "a bidirectional override"}
    assert answer.status in ({201, 409} if what in harmless else {400, 413})


@pytest.mark.parametrize("what", ["no host", "two hosts", "a body on GET", "a query of 30 kB"])
async def test_a_head_that_can_be_read_two_ways_is_refused(outcomes: list[Outcome], what: str) -> None:
    outcome = next(outcome for outcome in outcomes if outcome.what.partition(": ")[2] == what)

    assert (outcome.answer.status, bool(outcome.trace_id)) == (400, True)


async def test_the_next_request_is_answered_as_ever(outcomes: list[Outcome], http: AsyncClient) -> None:
    assert outcomes
    data_of(await http.get("/api/v1/healthcheck"))


async def test_a_client_that_hangs_up_in_mid_body_leaves_one_line_too(cluster: Running, http: AsyncClient) -> None:
    traces = [uuid4().hex for _ in range(20)]
    halves = [hostile.request(b"{", f"x-trace-id: {trace_id}".encode(), length=b"100") for trace_id in traces]

    # Long enough for the gateway to have read the heads; for the bodies it would wait for 3 s.
    await asyncio.gather(*(send(cluster.gateway_url, half, patience_s=1) for half in halves))

    for trace_id in traces:
        assert (await cluster.log.request(trace_id))["status"] == 400
    data_of(await http.get("/api/v1/healthcheck"))
    assert [len(cluster.log.of(trace_id, "request")) for trace_id in traces] == [1] * 20


def _told(outcomes: list[Outcome]) -> str:
    return (
        f"{len(hostile.BELOW_THE_APPLICATION)} of {len(outcomes)} hostile requests refused below the application, "
        f"{len(hostile.WAITED_FOR)} unfinished heads waited for, {len(reached(outcomes))} answered in the envelope"
    )


async def _requests_logged(cluster: Running, http: AsyncClient) -> int:
    """How many requests the gateway has told of, up to and with one of ours."""
    trace_id = uuid4().hex
    await http.get("/api/v1/healthcheck", headers={"x-trace-id": trace_id})
    await cluster.log.request(trace_id)
    return sum(line["event"] == "request" for line in cluster.log.lines["gateway"])


async def _until_it_ends(url: str, what: str, data: bytes) -> bytes:
    """All that comes back, to the end of the connection, which the server has to make."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    answer = asyncio.create_task(_everything(reader))
    try:
        with contextlib.suppress(OSError):
            writer.write(data)
            await writer.drain()
        done, _ = await asyncio.wait([answer], timeout=ENDS_WITHIN_S)
        assert done, f"{what}: still connected after {ENDS_WITHIN_S:g} s"
        return answer.result()
    finally:
        answer.cancel()
        writer.transport.abort()


async def _everything(reader: asyncio.StreamReader) -> bytes:
    got = b""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(1 << 16):
            got += piece
    return got
