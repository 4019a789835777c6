import pytest
from contracts import auth
from contracts.customer import (
    Changes,
    Credentials,
    CustomerRegistered,
    EmailTaken,
    InvalidCredentials,
    NewCustomer,
    NoSuchCustomer,
    Page,
    WhichCustomer,
)
from customer_service.flows.delete_customer import DeleteCustomer
from customer_service.flows.get_customer import GetCustomer
from customer_service.flows.list_customers import ListCustomers
from customer_service.flows.log_in import LogIn
from customer_service.flows.register_customer import RegisterCustomer
from customer_service.flows.update_customer import UpdateCustomer
from flowkit.contract import Identity, Unavailable
from flowkit.testing.audit import Noted
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import signing_in

from .fakes import FakeStore

ADA = NewCustomer(email="ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
NOBODY = "00000000-0000-0000-0000-000000000000"
ENDING = ImaginedFlows({auth.end_sessions.subject: auth.Ended(ended=1)})
LOGIN_STEPS = ["Looking up customer by email", "Checking login throttle", "Verifying password", "Generating JWT token"]


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def passwords() -> PlainPasswords:
    return PlainPasswords()


@pytest.fixture
def flows() -> ImaginedFlows:
    return ImaginedFlows({auth.issue.subject: auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)})


@pytest.fixture
async def ada(store: FakeStore) -> Identity:
    registered = await RegisterCustomer(store, PlainPasswords()).run(ADA, a_call())
    return someone(user_id=registered.id)


async def test_a_new_customer_is_stored_with_a_hashed_password(store: FakeStore, passwords: PlainPasswords) -> None:
    call = a_call()
    registered = await RegisterCustomer(store, passwords).run(ADA, call)
    assert store.customers[registered.id].email == ADA.email
    assert store.hashes[registered.id] == await passwords.hash(ADA.password)
    assert call.steps == ["Checking email not taken", "Hashing password", "Creating customer"]
    assert call.concerns == {"customer": registered.id}
    assert store.kept == [registered]
    assert store.published == [CustomerRegistered(customer_id=registered.id)]


@pytest.mark.usefixtures("ada")
async def test_a_taken_email_is_refused_before_any_hashing(store: FakeStore, passwords: PlainPasswords) -> None:
    call = a_call()
    with pytest.raises(EmailTaken):
        await RegisterCustomer(store, passwords).run(ADA, call)
    assert call.steps == ["Checking email not taken"]
    assert len(store.published) == 1


async def test_a_customer_signs_in_and_is_given_a_token(
    store: FakeStore, passwords: PlainPasswords, flows: ImaginedFlows, ada: Identity
) -> None:
    call = a_call()
    signed_in = await LogIn(store, signing_in(passwords), flows, Noted()).run(
        Credentials(email="ADA@example.org", password=ADA.password), call
    )
    assert signed_in.token == "a.b.c"
    assert flows.asked == [auth.Subject(id=ada.id, email=ADA.email, role="customer")]
    assert call.steps == LOGIN_STEPS
    assert call.concerns == {"customer": ada.id}


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("email", [ADA.email, "nobody@example.org"])
async def test_a_wrong_password_and_an_unknown_email_are_told_alike(
    store: FakeStore, passwords: PlainPasswords, flows: ImaginedFlows, email: str
) -> None:
    call = a_call()
    with pytest.raises(InvalidCredentials, match="Invalid credentials"):
        await LogIn(store, signing_in(passwords), flows, Noted()).run(Credentials(email=email, password="wrong"), call)
    assert call.steps == LOGIN_STEPS[:3]
    assert flows.asked == []


async def test_an_unknown_email_costs_the_work_of_a_known_one(passwords: PlainPasswords, flows: ImaginedFlows) -> None:
    with pytest.raises(InvalidCredentials):
        await LogIn(FakeStore(), signing_in(passwords), flows, Noted()).run(
            Credentials(email="a@b.c", password="x"), a_call()
        )
    assert passwords.unknown == 1


async def test_an_old_hash_is_replaced_on_login(
    store: FakeStore, passwords: PlainPasswords, flows: ImaginedFlows, ada: Identity
) -> None:
    store.hashes[ada.id] = passwords.old(ADA.password)
    call = a_call()
    await LogIn(store, signing_in(passwords), flows, Noted()).run(
        Credentials(email=ADA.email, password=ADA.password), call
    )
    assert store.hashes[ada.id] == await passwords.hash(ADA.password)
    assert call.steps == LOGIN_STEPS


async def test_a_hash_that_cannot_be_replaced_now_is_no_reason_to_refuse(
    store: FakeStore, flows: ImaginedFlows, ada: Identity
) -> None:
    passwords = BusyPasswords()
    store.hashes[ada.id] = passwords.old(ADA.password)
    await LogIn(store, signing_in(passwords), flows, Noted()).run(
        Credentials(email=ADA.email, password=ADA.password), a_call()
    )
    assert store.hashes[ada.id] == passwords.old(ADA.password)


@pytest.mark.usefixtures("ada")
async def test_no_token_is_given_while_auth_is_away(store: FakeStore, passwords: PlainPasswords) -> None:
    with pytest.raises(Unavailable):
        await LogIn(store, signing_in(passwords), ImaginedFlows(), Noted()).run(
            Credentials(email=ADA.email, password=ADA.password), a_call()
        )


async def test_a_customer_sees_changes_and_deletes_their_own_record(store: FakeStore, ada: Identity) -> None:
    seen = await GetCustomer(store).run(WhichCustomer(id=ada.id), a_call(ada))
    assert seen.first_name == "Ada"
    changed = await UpdateCustomer(store).run(Changes(id=ada.id, first_name="Augusta"), a_call(ada))
    assert changed.first_name == "Augusta"
    deleted = await DeleteCustomer(store, ENDING).run(WhichCustomer(id=ada.id), a_call(ada))
    assert deleted.id == ada.id
    assert store.customers == {}


async def test_an_admin_may_do_so_for_any_customer(store: FakeStore, ada: Identity) -> None:
    admin = someone("admin")
    await GetCustomer(store).run(WhichCustomer(id=ada.id), a_call(admin))
    await UpdateCustomer(store).run(Changes(id=ada.id, first_name="Augusta"), a_call(admin))
    await DeleteCustomer(store, ENDING).run(WhichCustomer(id=ada.id), a_call(admin))


async def test_for_a_stranger_there_is_no_such_customer_whether_there_is_one_or_not(
    store: FakeStore, ada: Identity
) -> None:
    for id_ in (ada.id, NOBODY):
        with pytest.raises(NoSuchCustomer, match="Customer not found"):
            await GetCustomer(store).run(WhichCustomer(id=id_), a_call(someone()))
        with pytest.raises(NoSuchCustomer):
            await UpdateCustomer(store).run(Changes(id=id_, first_name="Eve"), a_call(someone()))
        with pytest.raises(NoSuchCustomer):
            await DeleteCustomer(store, ENDING).run(WhichCustomer(id=id_), a_call(someone()))
    assert store.customers[ada.id].first_name == "Ada"


async def test_who_is_gone_is_not_found(store: FakeStore) -> None:
    admin = someone("admin")
    with pytest.raises(NoSuchCustomer):
        await GetCustomer(store).run(WhichCustomer(id=NOBODY), a_call(admin))
    with pytest.raises(NoSuchCustomer):
        await UpdateCustomer(store).run(Changes(id=NOBODY), a_call(admin))
    with pytest.raises(NoSuchCustomer):
        await DeleteCustomer(store, ENDING).run(WhichCustomer(id=NOBODY), a_call(admin))


async def test_a_page_tells_the_total_and_where_it_stands(store: FakeStore, ada: Identity) -> None:
    call = a_call(someone("admin"))
    page = await ListCustomers(store).run(Page(page=1, limit=2), call)
    assert [each.id for each in page.items] == [ada.id]
    assert (page.total, page.page, page.limit) == (1, 1, 2)
    assert call.steps == ["Fetching customer list", "Counting total customers"]


class BusyPasswords(PlainPasswords):
    async def hash(self, password: str) -> str:
        raise Unavailable
