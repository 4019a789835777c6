"""What is kept of a customer: told to them, and gone when they go."""

import asyncio
from typing import Any

from flowkit.security.visitors import Visitor
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.logbook import steps
from tests.cluster.people import PASSWORD, Person

from .answers import data_of, trace_of
from .records import records, tables_that_hold

LOGIN, CUSTOMERS = "/api/v1/customer/login", "/api/v1/customers"
WITHIN_S = 40.0
FULL, MANY = 30, 250
# A quarter of what the bus carries.
LARGEST = 256 * 1024
FULL_ORDERS = """INSERT INTO orders (customer_id, origin, item_count, total)
    SELECT :id, 'customer', 100, 1.00 FROM generate_series(1, :count)"""
FULL_OF = """INSERT INTO order_items SELECT orders.id, place, 'product-' || repeat('x', 92), 9999, 999999.99
    FROM orders, generate_series(1, 100) AS place WHERE customer_id = :id AND item_count = 100"""
MANY_PAYMENTS = """INSERT INTO payments (order_id, customer_id, amount)
    SELECT uuidv7(), :id, 1.00 FROM generate_series(1, :count)"""


async def test_a_customer_is_told_all_that_is_kept_of_them(http: AsyncClient, people: People) -> None:
    ada = await people.new_customer()
    path = f"{CUSTOMERS}/{ada.id}"
    record = data_of(await http.get(path, headers=ada.bearer))
    changed = await http.put(path, json={"lastName": "King"}, headers=(await people.root()).bearer)

    told = data_of(await http.get(f"{path}/export", headers=ada.bearer))
    again = data_of(await http.get(f"{path}/export", headers=ada.bearer))

    assert told["customer"] == record | {"lastName": "King", "updatedAt": told["customer"]["updatedAt"]}
    (session,) = told["sessions"]
    assert session.keys() == {"id", "createdAt", "lastUsedAt", "expiresAt", "clientAddress"}
    trail = [(each["service"], each["action"], each["byRole"], each["byYourself"]) for each in told["trail"]]
    assert ("customer", "customer.update", "admin", False) in trail
    assert ("customer", "customer.login", "customer", True) in trail
    assert ("auth", "session.open", "customer", True) in trail
    assert ("customer", "customer.register", "customer", True) in trail
    assert [each["traceId"] for each in told["trail"] if each["byRole"] == "admin"] == [trace_of(changed)]
    assert again["trail"][0]["action"] == "customer.export"
    assert (await people.root()).id not in repr(told)


async def settled(http: AsyncClient, customer: Person, orders: int) -> dict[str, Any]:
    """Their export, once so many orders have ended and all that is to be told of them was told."""
    path = f"{CUSTOMERS}/{customer.id}/export"
    async with asyncio.timeout(WITHIN_S):
        while True:
            told = data_of(await http.get(path, headers=customer.bearer))
            waiting = {"pending", "waiting"} & {each["status"] for each in told["orders"] + told["notifications"]}
            if len(told["orders"]) == orders and len(told["notifications"]) == 2 * orders + 1 and not waiting:
                return told
            await asyncio.sleep(0.2)


async def test_they_are_told_what_they_ordered_paid_and_were_told_by_whoever_keeps_it(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    ada, eve = await people.new_customer(), await people.new_customer()
    order_id = await people.new_order(ada)
    await people.new_order(eve)

    told = await settled(http, ada, orders=2)

    order, welcome = told["orders"]
    assert order == data_of(await http.get(f"/api/v1/orders/{order_id}", headers=ada.bearer))
    assert welcome == data_of(await http.get(f"/api/v1/orders/{welcome['id']}", headers=ada.bearer))
    paid = {each["orderId"]: (each["amount"], each["status"]) for each in told["payments"]}
    assert paid == {each["id"]: (each["total"], "completed") for each in (order, welcome)}
    root = await people.root()
    listed = data_of(await http.get(f"{CUSTOMERS}/{ada.id}/notifications", headers=root.bearer))
    assert told["notifications"] == listed["items"]
    assert "next" not in told

    answer = await http.get(f"{CUSTOMERS}/{ada.id}/export", headers=ada.bearer)
    line = await cluster.log.flow(trace_of(answer), "api.v1.customer.export")
    assert [step for step in steps(line) if step.startswith("Asking")] == [
        f"Asking what {service} keeps" for service in ("auth", "order", "payment", "notification")
    ]


async def put_down(cluster: Running, customer: Person) -> None:
    """As many orders, each as great as there can be, and payments as no client could make in time."""
    async with records(cluster.database_url("order")) as kept:
        await kept.change(FULL_ORDERS, id=customer.id, count=FULL)
        await kept.change(FULL_OF, id=customer.id)
    async with records(cluster.database_url("payment")) as kept:
        await kept.change(MANY_PAYMENTS, id=customer.id, count=MANY)


async def test_however_much_it_is_it_comes_in_pages_that_can_be_carried_each_thing_once(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    ada = await people.new_customer()
    await settled(http, ada, orders=1)
    await put_down(cluster, ada)

    pages, asked = list[dict[str, Any]](), dict[str, str]()
    while not pages or "next" in pages[-1]:
        answer = await http.get(f"{CUSTOMERS}/{ada.id}/export", params=asked, headers=ada.bearer)
        assert len(answer.content) < LARGEST
        pages.append(data_of(answer))
        asked = {"before": pages[-1].get("next", "")}

    for part, count in (("orders", FULL + 1), ("payments", MANY + 1), ("notifications", 3)):
        ids = [each["id"] for page in pages for each in page[part]]
        assert (len(ids), ids) == (count, sorted({*ids}, reverse=True)), part
    assert {len(each["items"]) for page in pages for each in page["orders"]} == {1, 100}
    opened = [each for page in pages for each in page["trail"] if each["action"] == "customer.register"]
    assert len(opened) == 1


async def test_who_is_deleted_leaves_no_email_and_no_name_in_any_table(
    http: AsyncClient, people: People, cluster: Running
) -> None:
    ada = await people.new_customer()
    path = f"{CUSTOMERS}/{ada.id}"
    await http.post(LOGIN, json={"email": ada.email, "password": "wrong"})
    await http.get(f"{path}/export", headers=ada.bearer)
    await http.put(path, json={"firstName": "Augusta of the Analytical Engine"}, headers=ada.bearer)
    throttled_as = Visitor.of(ada.email, "").account.hex()
    telling = (ada.email, throttled_as, "Augusta of the Analytical Engine", PASSWORD)
    before = [await tables_that_hold(cluster, service.name, telling) for service in cluster.services]

    data_of(await http.delete(path, headers=ada.bearer))

    found = {table for tables in before for table in tables}
    assert found == {"customers", "sessions", "login_accounts"}, "whoever looks would find it"
    for service in cluster.services:
        assert await tables_that_hold(cluster, service.name, telling) == set(), service.name
    async with records(cluster.database_url("customer")) as kept:
        assert await kept.one("SELECT count(*) FROM audit_log WHERE subject = :id", id=ada.id) >= 5
