"""Who is deleted can be told by nothing that stays: no table, no event, no dead letter, no letter and no line."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from contracts import order
from flowctl.cluster import Cluster
from flowkit.contract import DEAD_LETTERS, EVENTS
from flowkit.wire import headers
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.local import processes
from tests.cluster.logbook import steps
from tests.cluster.people import PASSWORD, Person, new_email
from tests.mailbox import Mailbox, opened

from .answers import data_of, refused, trace_of
from .bus import connected
from .records import tables_of

pytestmark = [pytest.mark.processes("it has a cluster of its own"), pytest.mark.timeout(180)]

WITHIN_S: Final = 60.0
# Letters alone, so that she is greeted by it; nothing else says these.
FIRST, LAST = "Zephyrine", "Quillfeather"
# Where their id is to be found, by which nobody can tell any more who that was.
ID_STAYS: Final = {"order's orders", "payment's payments", "notification's notifications", "customer's audit_log"}


@dataclass(frozen=True, slots=True)
class Shop:
    cluster: Cluster
    running: Running
    mailbox: Mailbox
    http: AsyncClient

    @property
    def people(self) -> People:
        return People(self.http, self.running.root_password)


@pytest.fixture(scope="module")
async def shop() -> AsyncGenerator[Shop]:
    async with opened(Mailbox()) as mailbox:
        smtp = {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mailbox.port),
            "SMTP_TLS": "none",
            "SMTP_FROM": "a@b.example",
        }
        async with (
            processes(smtp) as (cluster, running),
            AsyncClient(base_url=running.gateway_url, timeout=30) as http,
        ):
            yield Shop(cluster, running, mailbox, http)


async def until(claim: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await claim():
            await asyncio.sleep(0.1)


async def a_customer(shop: Shop) -> Person:
    email = new_email("zephyrine")
    newcomer = {"email": email, "password": PASSWORD, "firstName": FIRST, "lastName": LAST}
    registered = data_of(await shop.http.post("/api/v1/customer/register", json=newcomer), 201)
    return Person(registered["id"], email, PASSWORD, await shop.people.sign_in("customer", email, PASSWORD))


async def notifications(shop: Shop, customer: Person) -> list[dict[str, Any]]:
    path, root = f"/api/v1/customers/{customer.id}/notifications", await shop.people.root()
    return data_of(await shop.http.get(path, params={"limit": 100}, headers=root.bearer))["items"]


async def have_ended(shop: Shop, customer: Person, count: int) -> None:
    async def ended() -> bool:
        return sum(each["status"] != "waiting" for each in await notifications(shop, customer)) == count

    await until(ended)


async def put_aside(shop: Shop, customer: Person) -> None:
    """An event about them that nobody can read: a dead letter for each of the two who react to it."""
    told = {headers.EVENT_ID: str(uuid4()), headers.EVENT: order.created.name, headers.EVENT_VERSION: "1"}
    async with connected(shop.running.nats_urls["order"]) as bus:
        await bus.client.publish(f"{order.created.subject}.0", f'["{customer.id}"]'.encode(), headers=told)
        await bus.client.flush()

    async def is_put_aside() -> bool:
        async with connected(shop.running.nats_url) as bus:
            return (await bus.ask(f"$JS.API.STREAM.INFO.{DEAD_LETTERS}")).body["state"]["messages"] == 2

    await until(is_put_aside)


async def a_whole_story(shop: Shop) -> Person:
    """Letters that arrived, were refused and are tried again, by a server that repeats to whom; and a dead letter."""
    zoe = await a_customer(shop)
    await have_ended(shop, zoe, 3)
    shop.mailbox.to_recipients = f"550 5.1.1 <{zoe.email}> is nobody here"
    await shop.people.new_order(zoe)
    await have_ended(shop, zoe, 5)
    shop.mailbox.to_recipients = f"450 4.2.1 <{zoe.email}> has no room"
    refusals = shop.mailbox.refused
    await shop.people.new_order(zoe)

    async def is_put_off() -> bool:
        return shop.mailbox.refused >= refusals + 2

    await until(is_put_off)
    await put_aside(shop, zoe)
    await shop.http.post("/api/v1/customer/login", json={"email": zoe.email, "password": "wrong"})
    data_of(await shop.http.get(f"/api/v1/customers/{zoe.id}/export", headers=zoe.bearer))
    return zoe


async def places(shop: Shop) -> dict[str, str]:
    """All that is stored and written: each table, and each file of NATS, PostgreSQL's log and the services."""
    tables = {
        f"{service.name}'s {name}": told
        for service in shop.running.services
        for name, told in (await tables_of(shop.running, service.name)).items()
    }
    written = [*shop.cluster.state.folder.rglob("*"), *shop.cluster.postgres.home.rglob("*.log")]
    return tables | {str(path): told for path in written if (told := content(path))}


def content(path: Path) -> str:
    """Nothing of what is gone by now: NATS replaces files of its own while they are looked at."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes().decode("latin-1") if path.is_file() else ""
    return ""


def holders(places: Mapping[str, str], *telling: str) -> set[str]:
    return {place for place, told in places.items() if any(each.lower() in told.lower() for each in telling)}


def streams_in(paths: Iterable[str]) -> set[str]:
    return {path.partition("/streams/")[2].partition("/")[0] for path in paths if "/jetstream/" in path}


async def test_who_is_deleted_is_told_by_no_table_no_stream_and_no_line(shop: Shop) -> None:
    zoe = await a_whole_story(shop)
    of_her = (zoe.email, FIRST, LAST)
    before = holders(await places(shop), *of_her)

    data_of(await shop.http.delete(f"/api/v1/customers/{zoe.id}", headers=zoe.bearer))
    await have_ended(shop, zoe, 7)

    after = await places(shop)
    assert before == {"customer's customers", "auth's sessions"}, "whoever looks would find her"
    assert holders(after, *of_her) == set()
    assert holders(after, zoe.id) >= ID_STAYS
    assert streams_in(holders(after, zoe.id)) == {EVENTS, DEAD_LETTERS}
    assert {str(letter["To"]) for letter in shop.mailbox.letters} == {zoe.email}
    assert all(FIRST in str(letter.get_content()) for letter in shop.mailbox.letters), "she was written to by her name"
    told = Counter((each["status"], each.get("reason")) for each in await notifications(shop, zoe))
    assert told == {("sent", None): 3, ("undeliverable", "refused"): 2, ("undeliverable", "customer_gone"): 2}


@pytest.mark.parametrize("service", ["order", "payment", "notification"])
async def test_while_one_who_keeps_something_is_away_there_is_no_export_rather_than_half_of_one(
    shop: Shop, service: str
) -> None:
    bob = await a_customer(shop)
    path, (process,) = f"/api/v1/customers/{bob.id}/export", shop.cluster.processes[service]

    await process.stop()
    answer = await shop.http.get(path, headers=bob.bearer)
    await process.start()

    refused(answer, 503, "SERVICE_UNAVAILABLE", "Service unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    line = await shop.running.log.flow(trace_of(answer), "api.v1.customer.export")
    assert [step for step in steps(line) if step.startswith("Asking what")][-1] == f"Asking what {service} keeps"

    async def is_told() -> bool:
        return (await shop.http.get(path, headers=bob.bearer)).status_code == 200

    await until(is_told)
    trail = data_of(await shop.http.get(path, headers=bob.bearer))["trail"]
    assert trace_of(answer) not in {each["traceId"] for each in trail}, "on record is what was told"
