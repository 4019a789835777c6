"""Who did what to which customer is on record, and only what was done."""

import pytest
from contracts import auth
from contracts.customer import Changes, Credentials, EmailTaken, InvalidCredentials, NewCustomer, WhichCustomer
from customer_service.flows.delete_customer import DeleteCustomer
from customer_service.flows.log_in import LogIn
from customer_service.flows.register_customer import RegisterCustomer
from customer_service.flows.update_customer import UpdateCustomer
from flowkit.contract import TooManyRequests, Unavailable
from flowkit.testing.audit import Noted
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import signing_in

from .fakes import FakeStore

ADA = NewCustomer(email="ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
BOB = NewCustomer(email="bob@example.org", password="correct horse", first_name="Bob", last_name="Ross")
RIGHT = Credentials(email=ADA.email, password=ADA.password)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def ada(store: FakeStore) -> str:
    return (await RegisterCustomer(store, PlainPasswords()).run(ADA, a_call())).id


def a_login(store: FakeStore, noted: Noted) -> LogIn:
    issued = auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)
    return LogIn(store, signing_in(PlainPasswords()), ImaginedFlows({auth.issue.subject: issued}), noted)


async def test_registering_changing_and_deleting_are_on_record(store: FakeStore, ada: str) -> None:
    admin = someone("admin")

    await UpdateCustomer(store).run(Changes(id=ada, first_name="Augusta"), a_call(someone(user_id=ada)))
    ending = ImaginedFlows({auth.end_sessions.subject: auth.Ended(ended=0)})
    await DeleteCustomer(store, ending).run(WhichCustomer(id=ada), a_call(admin))

    assert store.told == [
        ("customer.register", "OK", ada, ada),
        ("customer.update", "OK", ada, ada),
        ("customer.delete", "OK", admin.id, ada),
    ]
    assert [entry.actor_role for entry in store.recorded] == ["customer", "customer", "admin"]


async def test_what_came_to_nothing_is_not_on_record(store: FakeStore, ada: str) -> None:
    await RegisterCustomer(store, PlainPasswords()).run(BOB, a_call())
    before = len(store.recorded)

    with pytest.raises(EmailTaken):
        await UpdateCustomer(store).run(Changes(id=ada, email=BOB.email), a_call(someone(user_id=ada)))

    assert len(store.recorded) == before


async def test_signing_in_is_on_record(store: FakeStore, ada: str) -> None:
    await a_login(store, Noted()).run(RIGHT, a_call())

    assert store.told[1:] == [("customer.login", "OK", ada, ada)]


async def test_nobody_is_signed_in_of_whom_it_is_not_on_record(store: FakeStore, ada: str) -> None:
    class Unwritable(FakeStore):
        async def record(self, *_: object) -> None:
            raise Unavailable

    unwritable = Unwritable(customers=store.customers, hashes=store.hashes)
    with pytest.raises(Unavailable):
        await a_login(unwritable, Noted()).run(RIGHT, a_call())
    assert ada in unwritable.customers


async def test_a_refused_login_is_noted_with_whom_it_was_tried_on_where_that_is_known(
    store: FakeStore, ada: str
) -> None:
    noted = Noted()
    for email in (ADA.email, "nobody@example.org"):
        with pytest.raises(InvalidCredentials):
            await a_login(store, noted).run(Credentials(email=email, password="wrong"), a_call())

    assert [(entry.action, entry.outcome, entry.actor, entry.subject) for entry in noted] == [
        ("customer.login", "UNAUTHORIZED", None, ada),
        ("customer.login", "UNAUTHORIZED", None, None),
    ]
    assert store.told == [("customer.register", "OK", ada, ada)]


async def test_a_throttled_try_is_noted_as_one(store: FakeStore, ada: str) -> None:
    noted, call = Noted(), a_call()
    log_in = a_login(store, noted)
    for refusal in (InvalidCredentials, InvalidCredentials, InvalidCredentials, TooManyRequests):
        with pytest.raises(refusal):
            await log_in.run(Credentials(email=ADA.email, password="wrong"), call)

    assert [(entry.outcome, entry.subject) for entry in noted][2:] == [
        ("UNAUTHORIZED", ada),
        ("TOO_MANY_REQUESTS", ada),
    ]
    assert call.steps.count("Verifying password") == 3


async def test_no_entry_holds_what_a_person_is_known_by(store: FakeStore, ada: str) -> None:
    noted = Noted()
    await a_login(store, noted).run(RIGHT, a_call())
    with pytest.raises(InvalidCredentials):
        await a_login(store, noted).run(Credentials(email=ADA.email, password="a wrong one"), a_call())
    await UpdateCustomer(store).run(Changes(id=ada, first_name="Augusta"), a_call(someone(user_id=ada)))

    kept = repr(store.recorded) + repr(noted)
    for telling in (ADA.email, ADA.password, "a wrong one", "Ada", "Augusta", "Lovelace"):
        assert telling not in kept
