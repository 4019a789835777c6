"""The answer to a COMMIT is lost: whoever asks again under one key has one order, and it is paid for once."""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from contracts import order
from flowctl.cluster import Cluster
from flowkit.bus.nats import NatsBus, NatsOptions
from flowkit.contract import EVENTS
from flowkit.streams import Streams
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.local import processes
from tests.cluster.people import Person, an_order
from tests.integration.chaos.beside import service
from tests.integration.records import records

from .cutter import Cutter, Moment

CUTS = int(os.environ.get("COMMIT_CUTS", "30"))
SHARES = {Moment.DONE: CUTS - CUTS // 2, Moment.SENT: CUTS // 2, Moment.UNSENT: max(1, CUTS // 4)}
CLIENTS = 6
PATIENCE_S = 120.0
ORDERS = "/api/v1/orders"

pytestmark = pytest.mark.timeout(120 + 3 * CUTS)

PAYABLE = "SELECT count(*) FROM orders WHERE status = 'pending'"
PLACED = "SELECT coalesce(array_agg(id::text), '{}') FROM orders WHERE origin = 'customer'"
PAID_FOR = "SELECT coalesce(array_agg(order_id::text), '{}') FROM payments"


@dataclass(frozen=True, slots=True)
class Shop:
    """A cluster whose order service reaches its database past the cutter."""

    running: Running
    cutter: Cutter
    ada: Person
    http: AsyncClient

    async def place(self, client: "Client", *, with_key: bool = True) -> None:
        """Asked again until it is answered."""
        headers = self.ada.bearer | ({"Idempotency-Key": str(uuid4())} if with_key else {})
        async with asyncio.timeout(PATIENCE_S):
            while (answer := await self.http.post(ORDERS, json=an_order(), headers=headers)).status_code != 201:
                client.unanswered[answer.status_code] += 1
                await asyncio.sleep(0.02)
        client.placed.append(answer.json()["data"]["id"])

    async def told_of(self) -> Counter[str]:
        """How often each order was announced."""
        bus = NatsBus(NatsOptions(self.running.nats_url, name="looking"))
        told, start = Counter[str](), 1
        try:
            while page := await Streams(bus).read(EVENTS, start=start, subject=f"{order.created.subject}.*"):
                told.update(msgspec.json.decode(each.data, type=order.OrderCreated).order_id for each in page)
                start = page[-1].place + 1
        finally:
            await bus.close()
        return told

    async def read(self, service_name: str, statement: str) -> Counter[str]:
        async with records(self.running.database_url(service_name)) as kept:
            return Counter(await kept.one(statement))

    async def settled(self) -> None:
        """Nothing is on its way any more."""
        async with asyncio.timeout(PATIENCE_S), records(self.running.database_url("order")) as kept:
            while await kept.one(PAYABLE) or await kept.one("SELECT count(*) FROM outbox"):
                await kept.connection.rollback()
                await asyncio.sleep(0.1)


@dataclass(slots=True)
class Client:
    placed: list[str] = field(default_factory=list[str])
    unanswered: Counter[int] = field(default_factory=Counter[int])


@asynccontextmanager
async def past_a_cutter(cluster: Cluster, folder: Path) -> AsyncGenerator[Cutter]:
    """The cluster's order service is away, and one of ours is in its place."""
    (away,) = cluster.processes["order"]
    await away.crash()
    async with Cutter(away.database_url, "INSERT INTO orders ").listening() as cutter:
        given = {"NATS_URL": cluster.nats_url_of("order"), "DATABASE_URL": cutter.url}
        async with service("order_service", folder, given) as ours:
            await ours.ready()
            yield cutter


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Shop]:
    folder = tmp_path_factory.mktemp("order")
    async with (
        processes() as (cluster, running),
        past_a_cutter(cluster, folder) as cutter,
        AsyncClient(base_url=running.gateway_url, timeout=60) as http,
    ):
        ada = await People(http, running.root_password).new_customer()
        yield Shop(running, cutter, ada, http)


@pytest.mark.parametrize("moment", SHARES)
async def test_whoever_asks_again_has_one_order_announced_once_and_paid_for_once(
    moment: Moment, shop: Shop, tell: Callable[[str], None]
) -> None:
    before, turns = await shop.read("order", PLACED), itertools.count()
    cut_first = shop.cutter.cuts
    shop.cutter.moment = moment
    # Two of three, so that the answer of one who asks again comes through at last.
    shop.cutter.is_cut = lambda: shop.cutter.cuts - cut_first < SHARES[moment] and next(turns) % 3 < 2
    clients = [Client() for _ in range(CLIENTS)]
    await asyncio.gather(*(keep_placing(shop, each, cut_first + SHARES[moment]) for each in clients))
    await shop.settled()

    placed = [id_ for client in clients for id_ in client.placed]
    unanswered = sum((client.unanswered for client in clients), Counter[int]())
    cuts = shop.cutter.cuts - cut_first
    stored, told, paid = await shop.read("order", PLACED), await shop.told_of(), await shop.read("payment", PAID_FOR)
    tell(f"{cuts} cut {moment}: {len(placed)} keys, {len(set(placed))} orders, unanswered {dict(unanswered)}")
    assert cuts == SHARES[moment]
    assert unanswered.total() >= cuts
    assert unanswered.keys() <= {503, 504}
    assert stored - before == Counter(placed) == Counter(set(placed))
    assert [(id_, told[id_], paid[id_]) for id_ in placed if (told[id_], paid[id_]) != (1, 1)] == []


async def keep_placing(shop: Shop, client: Client, cuts: int) -> None:
    while shop.cutter.cuts < cuts:
        await shop.place(client)


async def test_without_a_key_whoever_asks_again_has_two(shop: Shop) -> None:
    before, cut_first = await shop.read("order", PLACED), shop.cutter.cuts
    shop.cutter.moment, shop.cutter.is_cut = Moment.DONE, lambda: shop.cutter.cuts == cut_first

    await shop.place(client := Client(), with_key=False)
    await shop.settled()

    assert client.unanswered[504] >= 1
    assert len(client.placed) == 1
    assert (await shop.read("order", PLACED) - before).total() >= 2
