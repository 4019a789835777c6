"""What is kept of a customer, told to themselves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from contracts import audit, auth
from contracts.customer import CustomerExport, NewCustomer, NoSuchCustomer, WhichExport
from customer_service.flows.export_customer import PAGE, ExportCustomer
from customer_service.flows.register_customer import RegisterCustomer
from flowkit.audit import Entry
from flowkit.contract import Identity, Unavailable
from flowkit.contract.audit import AuditEntry, AuditPage
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords

from .fakes import FakeStore

ADA = NewCustomer(email="ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
NOBODY = "00000000-0000-0000-0000-000000000000"
ADMIN = someone("admin", user_id="0190b7a0-0000-7000-8000-00000000000f")

NOW = datetime.now(UTC)
OPEN = auth.Sessions(
    items=(
        auth.Session(
            id="s-1", created_at=NOW, last_used_at=NOW, expires_at=NOW, client_address="203.0.113.9", current=False
        ),
    )
)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def ada(store: FakeStore) -> str:
    return (await RegisterCustomer(store, PlainPasswords()).run(ADA, a_call())).id


def auths(*items: AuditEntry) -> ImaginedFlows:
    return ImaginedFlows({audit.auth.subject: AuditPage(items=items), auth.sessions_of.subject: OPEN})


def a_session(id_: str, customer_id: str) -> AuditEntry:
    return AuditEntry(
        id=id_,
        at=datetime.now(UTC),
        action="session.open",
        outcome="OK",
        actor_role="customer",
        actor=customer_id,
        session=None,
        subject_kind="customer",
        subject=customer_id,
        client_network="203.0.113.0/24",
        trace_id=None,
        request_id=None,
        times=1,
    )


async def exported(store: FakeStore, id_: str, before: str | None = None) -> CustomerExport:
    which = WhichExport(id=id_) if before is None else WhichExport(id=id_, before=before)
    return await ExportCustomer(store, auths()).run(which, a_call(someone(user_id=id_)))


async def test_the_record_and_the_trail_of_every_service_are_told(store: FakeStore, ada: str) -> None:
    flows, call = auths(a_session("ffffffff-0000-0000-0000-000000000000", ada)), a_call(someone(user_id=ada))

    told = await ExportCustomer(store, flows).run(WhichExport(id=ada), call)

    assert told.customer == await store.find(ada)
    assert [(each.id, each.client_address) for each in told.sessions] == [("s-1", "203.0.113.9")]
    assert [(trail.service, trail.action) for trail in told.trail] == [
        ("auth", "session.open"),
        ("customer", "customer.register"),
    ]
    assert call.steps == [
        "Checking permission",
        "Fetching customer",
        "Asking what auth keeps",
        "Reading the audit log",
    ]


async def test_the_export_itself_is_on_record_with_who_had_it(store: FakeStore, ada: str) -> None:
    await ExportCustomer(store, auths()).run(WhichExport(id=ada), a_call(ADMIN))

    assert store.told[-1] == ("customer.export", "OK", ADMIN.id, ada)


async def test_of_staff_the_role_alone_is_told(store: FakeStore, ada: str) -> None:
    await ExportCustomer(store, auths()).run(WhichExport(id=ada), a_call(ADMIN))

    told = await exported(store, ada)

    assert [(trail.by_role, trail.by_yourself) for trail in told.trail] == [("admin", False), ("customer", True)]
    assert ADMIN.id not in repr(told)


async def test_page_after_page_tells_all_of_the_trail_once(store: FakeStore, ada: str) -> None:
    store.recorded = [replace(Entry(action=str(n)), actor=ada) for n in range(2 * PAGE + 7)]
    before, told = None, list[str]()
    while True:
        page = await exported(store, ada, before)
        told += [trail.action for trail in page.trail if trail.action != "customer.export"]
        if not isinstance(page.next, str):
            break
        before = page.next

    assert told == [str(n) for n in range(2 * PAGE + 6, -1, -1)]


async def test_nothing_is_told_while_a_part_of_it_is_away(store: FakeStore, ada: str) -> None:
    with pytest.raises(Unavailable):
        await ExportCustomer(store, ImaginedFlows()).run(WhichExport(id=ada), a_call(someone(user_id=ada)))
    assert [entry.action for entry in store.recorded] == ["customer.register"]


@pytest.mark.parametrize(("asker", "known"), [(someone(), True), (someone(), False), (ADMIN, False)])
async def test_there_is_nothing_to_be_had_of_somebody_else_or_of_nobody(
    store: FakeStore, ada: str, asker: Identity, known: bool
) -> None:
    with pytest.raises(NoSuchCustomer, match="Customer not found"):
        await ExportCustomer(store, auths()).run(WhichExport(id=ada if known else NOBODY), a_call(asker))
    assert [entry.action for entry in store.recorded] == ["customer.register"]
