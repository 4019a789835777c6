"""What is kept of a customer: told to them, and gone when they go."""

from flowkit.security.visitors import Visitor
from httpx import AsyncClient

from tests.cluster import People, Running
from tests.cluster.people import PASSWORD

from .answers import data_of, trace_of
from .records import records, tables_that_hold

LOGIN, CUSTOMERS = "/api/v1/customer/login", "/api/v1/customers"


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
