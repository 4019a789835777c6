"""From a registration to the letter about the payment of the welcome order: each once, and all of it one trace."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.local import processes
from tests.cluster.logbook import Line, steps
from tests.cluster.people import PASSWORD, Person, a_newcomer
from tests.mailbox import OK, Mailbox, opened

from .answers import data_of, trace_of

WITHIN_S = 40.0
CONTACT, SENDING = "api.v1.customer.contact", "send notification"
ENDED = {"sent", "undeliverable"}

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Welcomed:
    """A newcomer, the trace of their registration, and those who may look at what comes of it."""

    customer: Person
    trace_id: str
    http: AsyncClient
    people: People

    async def orders(self) -> list[Row]:
        return data_of(await self.http.get("/api/v1/orders", headers=self.customer.bearer))["items"]

    async def notifications(self) -> list[Row]:
        """As an admin sees them."""
        root = await self.people.root()
        told = f"/api/v1/customers/{self.customer.id}/notifications"
        seen = data_of(await self.http.get(told, params={"limit": 100}, headers=root.bearer))
        assert seen["total"] == len(seen["items"])
        return seen["items"]

    async def settled(self, notifications: int) -> list[Row]:
        """The notifications, once there are so many and none of them waits."""

        async def told() -> list[Row]:
            found = await self.notifications()
            return found if len(found) >= notifications and {each["status"] for each in found} <= ENDED else []

        return await until(told)


async def until(found: Callable[[], Awaitable[list[Row]]]) -> list[Row]:
    async with asyncio.timeout(WITHIN_S):
        while not (rows := await found()):
            await asyncio.sleep(0.1)
    return rows


async def welcomed(http: AsyncClient, people: People) -> Welcomed:
    newcomer = a_newcomer()
    registered = await http.post("/api/v1/customer/register", json=newcomer)
    token = await people.sign_in("customer", newcomer["email"], PASSWORD)
    customer = Person(data_of(registered, 201)["id"], newcomer["email"], PASSWORD, token)
    return Welcomed(customer, trace_of(registered), http, people)


def told(rows: Sequence[Row]) -> Counter[tuple[str, str | None]]:
    return Counter((row["kind"], row.get("orderId")) for row in rows)


async def test_whoever_registers_is_given_an_order_that_is_paid_and_is_told_of_each_once(
    http: AsyncClient, people: People
) -> None:
    ada = await welcomed(http, people)

    seen = await ada.settled(3)

    (order,) = await ada.orders()
    assert (order["origin"], order["status"]) == ("welcome", "paid")
    once = [("welcome", None), ("order_received", order["id"]), ("payment_completed", order["id"])]
    assert told(seen) == Counter(once)
    assert [row["status"] for row in seen] == ["sent"] * 3
    assert all(row["sentAt"] >= row["createdAt"] for row in seen)


async def test_what_is_given_is_one_product_at_its_price(http: AsyncClient, people: People) -> None:
    ada = await welcomed(http, people)
    await ada.settled(3)
    (given,) = await ada.orders()

    order = data_of(await http.get(f"/api/v1/orders/{given['id']}", headers=ada.customer.bearer))

    assert [(each["productId"], each["quantity"]) for each in order["items"]] == [("product-welcome", 1)]
    assert order["total"] == order["items"][0]["price"] == given["total"]
    assert order["updatedAt"] > order["createdAt"]


async def test_all_that_a_registration_caused_is_one_trace(http: AsyncClient, people: People, cluster: Running) -> None:
    ada = await welcomed(http, people)
    await ada.settled(3)

    def whole() -> list[Line]:
        lines = [line for event in ("flow", "event", "notification") for line in cluster.log.of(ada.trace_id, event)]
        return lines if _caused(lines) == CAUSED else []

    lines = await cluster.log.until(whole, f"all that a registration causes in trace {ada.trace_id}")
    spans = {line["span_id"] for line in lines} | {call["span_id"] for line in lines for call in line["calls"]}
    sent = [line for line in lines if line["event"] == "notification"]
    assert len(sent) == 3
    for line in sent:
        assert line["parent_span_id"] in spans, "each hangs from the event it tells of"
        assert steps(line) == ["Asking where customer is written to", "Sending message", "SUCCESS"]
    assert ada.customer.email not in str(lines)


CAUSED = Counter(
    {
        ("customer", "api.v1.customer.register"): 1,
        ("order", "event.customer.registered.v1"): 1,
        ("notification", "event.customer.registered.v1"): 1,
        ("payment", "event.order.created.v1"): 1,
        ("notification", "event.order.created.v1"): 1,
        ("order", "event.payment.completed.v1"): 1,
        ("notification", "event.payment.completed.v1"): 1,
        ("notification", SENDING): 3,
        ("customer", CONTACT): 3,
    }
)


def _caused(lines: Sequence[Line]) -> Counter[tuple[str, str]]:
    return Counter((line["service"], line["flow"]) for line in lines)


@pytest.fixture(scope="module")
async def mailbox() -> AsyncGenerator[Mailbox]:
    async with opened(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture(scope="module")
async def declining(mailbox: Mailbox) -> AsyncGenerator[Running]:
    """A cluster whose payments all fail, and whose letters go to a mail server."""
    smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mailbox.port), "SMTP_TLS": "none", "SMTP_FROM": "shop@a.example"}
    async with processes(smtp | {"PAYMENT_FAILURE_SHARE": "1"}) as (_, running):
        yield running
        running.assert_well_behaved()


@pytest.mark.processes("it has a cluster of its own")
@pytest.mark.timeout(180)
async def test_whose_payment_is_declined_is_written_so(declining: Running, mailbox: Mailbox) -> None:
    async with AsyncClient(base_url=declining.gateway_url) as http:
        ada = await welcomed(http, People(http, declining.root_password))
        seen = await ada.settled(3)
        (order,) = await ada.orders()

    assert order["status"] == "failed"
    assert {row["kind"] for row in seen} == {"welcome", "order_received", "payment_failed"}
    assert sorted(mailbox.ids) == sorted(f"<{row['id']}@a.example>" for row in seen)
    assert {str(letter["To"]) for letter in mailbox.letters} == {ada.customer.email}
    (declined,) = (letter for letter in mailbox.letters if letter["Subject"] == "Your payment was declined")
    assert str(declined.get_content()).startswith("Hello Ada,")
    assert order["id"] in declined.get_content()


@pytest.mark.processes("it has a cluster of its own")
@pytest.mark.timeout(180)
async def test_whoever_is_deleted_before_a_letter_could_be_sent_is_written_to_no_more(
    declining: Running, mailbox: Mailbox
) -> None:
    mailbox.to_recipients = "450 4.2.1 Not now"
    async with AsyncClient(base_url=declining.gateway_url) as http:
        ada = await welcomed(http, People(http, declining.root_password))
        data_of(await http.delete(f"/api/v1/customers/{ada.customer.id}", headers=ada.customer.bearer))
        seen = await ada.settled(3)
    mailbox.to_recipients = OK

    assert {(row["status"], row["reason"]) for row in seen} == {("undeliverable", "customer_gone")}
    assert ada.customer.email not in {str(letter["To"]) for letter in mailbox.letters}
