"""What flows answer, as a client of HTTP hears it."""

import asyncio
import time

import httpx
import structlog
from contracts import admin, customer
from flowkit.bus import Message
from flowkit.call import Call
from flowkit.contract import TooManyRequests, Unavailable
from gateway_service.settings import Settings

from .answers import data_of, refused
from .raw import a_wire, get
from .world import ADMIN, ROOT, Held, World, a_customer, a_world, always, bearer, failing

LIST = "/api/v1/admin/list"
NEW = {"email": "new@example.org", "password": "long enough"}
ONE_MEGABYTE = 1024 * 1024


async def test_a_reply_goes_out_as_the_service_wrote_it_without_its_trace(
    world: World, http: httpx.AsyncClient
) -> None:
    world.answer(customer.get, always(a_customer()))

    answer = await http.get(f"/api/v1/customers/{a_customer().id}", headers=bearer(ADMIN))

    assert data_of(answer) == {
        "id": "0190b7a0-0000-7000-8000-000000000003",
        "email": "ada@example.org",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "createdAt": "2026-01-02T03:04:05Z",
        "updatedAt": "2026-01-02T03:04:05Z",
    }


async def test_what_is_made_is_answered_with_201(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.create_admin, always(admin.AdminRef(id="an id")))

    answer = await http.post("/api/v1/admin/create-admin", json=NEW, headers=bearer(ROOT))

    assert data_of(answer, 201) == {"id": "an id"}


async def test_an_error_of_the_contract_keeps_its_code_and_words(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.create_admin, failing(admin.EmailTaken()))

    answer = await http.post("/api/v1/admin/create-admin", json=NEW, headers=bearer(ROOT))

    refused(answer, 409, "CONFLICT", "Email already exists")


async def test_a_fault_of_a_flow_tells_nothing_of_itself(world: World, http: httpx.AsyncClient) -> None:
    world.answer(admin.get_list, failing(RuntimeError("the password is hunter2")))

    with structlog.testing.capture_logs() as told:
        answer = await http.get(LIST, headers=bearer(ADMIN))

    assert "flow crashed" in [line["event"] for line in told]
    refused(answer, 500, "INTERNAL_ERROR", "Unexpected error")


async def test_who_is_turned_away_is_told_when_to_come_again(world: World, http: httpx.AsyncClient) -> None:
    for error, status, after in (
        (Unavailable(), 503, "1"),
        (TooManyRequests(), 429, "1"),
        (TooManyRequests(retry_after=41.2), 429, "42"),
    ):
        world.answer(admin.get_list, failing(error))
        answer = await http.get(LIST, headers=bearer(ADMIN))

        refused(answer, status, error.code, error.message)
        assert answer.headers["retry-after"] == after
        assert "retryAfterMs" not in answer.text


async def test_an_answer_that_cannot_be_read_is_a_bad_gateway(world: World, http: httpx.AsyncClient) -> None:
    http.headers.update(bearer(ADMIN))
    world.answer(admin.get_list, always(admin.AdminPage(items=(), total=0, page=1, limit=10)))
    data_of(await http.get(LIST))
    liar = world.broker.connect("liar")
    garbled = world.broker.carry
    await liar.subscribe(admin.get_list.subject, lambda asked: garbled(Message(asked.reply, b"{")), queue="admin")

    statuses = {(await http.get(LIST)).status_code for _ in range(40)}

    assert statuses == {200, 502}


async def test_a_request_has_its_budget_and_no_more(hasty: World) -> None:
    async def dawdle(_: object, __: Call) -> None:
        await asyncio.sleep(10)

    hasty.answer(admin.get_list, dawdle)
    took: list[float] = []
    async with httpx.AsyncClient(base_url=hasty.url) as http:
        for _ in range(5):
            began = time.monotonic()
            refused(await http.get(LIST, headers=bearer(ADMIN)), 504, "TIMEOUT", "No answer in time")
            took.append(time.monotonic() - began)

    # A busy machine is late now and then, and never early.
    assert 0.25 < min(took) < 0.5


async def test_the_budget_shrinks_on_its_way() -> None:
    left: list[float] = []

    async def look(_: object, call: Call) -> admin.AdminPage:
        left.append(call.deadline.left)
        return admin.AdminPage(items=(), total=0, page=1, limit=10)

    async with a_world(Settings(request_timeout_ms=30_000, drain_grace_ms=0)) as world:
        world.answer(admin.get_list, look)
        async with httpx.AsyncClient(base_url=world.url, timeout=30) as http:
            data_of(await http.get(LIST, headers=bearer(ADMIN)))

    assert 15 < left[0] < 30


async def test_a_reply_of_a_megabyte_arrives_whole(world: World, http: httpx.AsyncClient) -> None:
    large = a_customer(first_name="x" * (ONE_MEGABYTE - 1000))
    world.answer(customer.get, always(large))

    answer = await http.get(f"/api/v1/customers/{large.id}", headers=bearer(ADMIN))

    assert len(data_of(answer)["firstName"]) == ONE_MEGABYTE - 1000


async def test_who_hangs_up_costs_no_more_than_the_flow_does(world: World, http: httpx.AsyncClient) -> None:
    held = Held(admin.AdminPage(items=(), total=0, page=1, limit=10))
    world.answer(admin.get_list, held)
    async with a_wire(world.url) as wire:
        await wire.send(get(LIST, b"Authorization: " + bearer(ADMIN)["authorization"].encode()))
        await held.started.wait()
    held.finish.set()
    # Sooner than its budget of 5 s would have ended it.
    async with asyncio.timeout(3):
        await world.traffic.ebb()

    assert world.gateway_bus.awaiting == 0
    data_of(await http.get("/api/v1/healthcheck"))
