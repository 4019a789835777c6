"""Requests under an Idempotency-Key, at a service on a real NATS server with a ledger in a real PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flowkit import postgres
from flowkit.call import Call
from flowkit.contract import Command, FlowError, Unavailable
from flowkit.postgres import PostgresOptions
from flowkit.postgres.ledger import PostgresLedger, idempotency_keys
from flowkit.servers import NatsServer
from flowkit.service import Limits, Service, ServiceRuntime, serve
from flowkit.telemetry.metrics import Metrics
from sqlalchemy.ext.asyncio import AsyncConnection

from .stage import TRACING, Believing, Greeted, Greeting, NameTaken, Stage, Told, bare_client, connected

welcome = Command("test.welcome", Greeting, Greeted, raises=(NameTaken,), status=201)
KEY = {"flow-idempotency-key": "7f0c1e0a-5d0b-4a55-9f5e-2f9b4f1d3c61"}


@dataclass(frozen=True, slots=True)
class _Rows:
    connection: AsyncConnection


@dataclass(slots=True)
class Counted:
    """Welcomes each time anew; what `outcome` raises is raised."""

    times: int = 0
    outcome: Callable[[], Any] = lambda: None
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, request: Greeting, _: Call) -> Greeted:
        self.times += 1
        await self.may_end.wait()
        self.outcome()
        return Greeted(text=f"{request.name}, welcome number {self.times}")


@pytest.fixture
def flow() -> Counted:
    counted = Counted()
    counted.may_end.set()
    return counted


@pytest.fixture
async def ledger(database_url: str) -> AsyncGenerator[PostgresLedger]:
    async with postgres.connect(PostgresOptions(database_url), _Rows) as store:
        async with store.transaction() as tx:
            await tx.connection.run_sync(idempotency_keys(sa.MetaData()).metadata.create_all)
        yield PostgresLedger(store)


@pytest.fixture
async def stage(nats_server: NatsServer, flow: Counted, ledger: PostgresLedger) -> AsyncGenerator[Stage]:
    service = Service("test", [serve(welcome, Told(flow))])
    asker = await bare_client(nats_server.url)
    async with connected(nats_server.url) as bus:
        runtime = ServiceRuntime(service, bus, TRACING, Metrics("test"), Believing(), Limits(), ledger)
        await runtime.start()
        yield Stage(runtime, asker)
        await runtime.leave()
        await runtime.finish()
    await asker.close()


async def ask(stage: Stage, name: str = "Ada", **headers: str) -> tuple[int, str]:
    answered = await stage.ask(b'{"name":"%b"}' % name.encode(), welcome.subject, **(headers or KEY))
    return answered.told[0], answered.raw.decode().partition('"trace"')[0]


async def test_a_repeated_key_is_answered_as_it_was_first(stage: Stage, flow: Counted) -> None:
    first = await ask(stage)
    assert await ask(stage) == first
    assert first[0] == 201
    assert flow.times == 1


async def test_without_a_key_each_request_is_one_of_its_own(stage: Stage, flow: Counted) -> None:
    await ask(stage, x="")
    await ask(stage, x="")
    assert flow.times == 2


async def test_another_payload_under_the_key_is_refused(stage: Stage, flow: Counted) -> None:
    await ask(stage)
    status, told = await ask(stage, "Bob")
    assert status == 409
    assert "Idempotency-Key was used for another request" in told
    assert flow.times == 1


async def test_all_that_come_at_once_are_given_the_one_answer(stage: Stage, flow: Counted) -> None:
    flow.may_end.clear()
    asking = [asyncio.create_task(ask(stage)) for _ in range(10)]
    while not flow.times:
        await asyncio.sleep(0)
    flow.may_end.set()
    assert len(set(await asyncio.gather(*asking))) == 1
    assert flow.times == 1


async def test_a_refusal_the_contract_knows_is_an_answer(stage: Stage, flow: Counted) -> None:
    flow.outcome = raising(NameTaken())
    first = await ask(stage)
    flow.outcome = lambda: None
    assert await ask(stage) == first
    assert (first[0], flow.times) == (409, 1)


@pytest.mark.parametrize("fault", [Unavailable(), ValueError("a bug")])
async def test_where_nothing_was_done_the_next_may_try(stage: Stage, flow: Counted, fault: Exception) -> None:
    flow.outcome = raising(fault)
    assert (await ask(stage))[0] in (500, 503)
    flow.outcome = lambda: None
    assert (await ask(stage))[0] == 201
    assert flow.times == 2


async def test_what_is_no_key_is_refused(stage: Stage, flow: Counted) -> None:
    assert (await ask(stage, flow_idempotency_key="short"))[0] == 400
    assert flow.times == 0


def raising(fault: Exception | FlowError) -> Callable[[], None]:
    def outcome() -> None:
        raise fault

    return outcome
