import pytest
from admin_service.flows.create_admin import CreateAdmin
from admin_service.flows.list_admins import ListAdmins
from admin_service.flows.log_in import LogIn
from admin_service.root import EMAIL, RootAdmin
from contracts import auth
from contracts.admin import Credentials, EmailTaken, InvalidCredentials, NewAdmin, Page
from flowkit.contract import Unavailable
from flowkit.testing.audit import Noted
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import signing_in

from .fakes import FakeStore

GRACE = NewAdmin(email="grace@example.org", password="correct horse")
ROOT = someone("admin", root=True)
RIGHT = Credentials(email=EMAIL, password="correct horse")
LOGIN_STEPS = ["Looking up admin by email", "Checking login throttle", "Verifying password", "Generating JWT token"]


@pytest.fixture
def passwords() -> PlainPasswords:
    return PlainPasswords()


@pytest.fixture
async def store(passwords: PlainPasswords) -> FakeStore:
    """With a root admin in it."""
    store = FakeStore()
    await RootAdmin(store, passwords, RIGHT.password).seed()
    return store


@pytest.fixture
def flows() -> ImaginedFlows:
    return ImaginedFlows({auth.issue.subject: auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)})


@pytest.fixture
def log_in(store: FakeStore, passwords: PlainPasswords, flows: ImaginedFlows) -> LogIn:
    return LogIn(store, signing_in(passwords), flows, Noted())


async def test_the_root_admin_signs_in_as_root(log_in: LogIn, store: FakeStore, flows: ImaginedFlows) -> None:
    call = a_call()
    assert (await log_in.run(RIGHT, call)).token == "a.b.c"
    [root] = store.admins
    assert flows.asked == [auth.Subject(id=root, email=EMAIL, role="admin", root=True)]
    assert call.steps == LOGIN_STEPS
    assert call.concerns == {"admin": root}


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
async def test_a_wrong_password_and_an_unknown_email_are_told_alike(
    log_in: LogIn, flows: ImaginedFlows, email: str
) -> None:
    call = a_call()
    with pytest.raises(InvalidCredentials, match="Invalid credentials"):
        await log_in.run(Credentials(email=email, password="wrong"), call)
    assert call.steps == LOGIN_STEPS[:3]
    assert flows.asked == []


async def test_an_unknown_email_costs_the_work_of_a_known_one(log_in: LogIn, passwords: PlainPasswords) -> None:
    with pytest.raises(InvalidCredentials):
        await log_in.run(Credentials(email="nobody@example.org", password="wrong"), a_call())
    assert passwords.unknown == 1


async def test_an_old_hash_is_replaced_on_login(log_in: LogIn, store: FakeStore, passwords: PlainPasswords) -> None:
    [root] = store.admins
    store.hashes[root] = passwords.old(RIGHT.password)
    await log_in.run(RIGHT, a_call())
    assert store.hashes[root] == await passwords.hash(RIGHT.password)


async def test_no_token_is_given_while_auth_is_away(store: FakeStore, passwords: PlainPasswords) -> None:
    with pytest.raises(Unavailable):
        await LogIn(store, signing_in(passwords), ImaginedFlows(), Noted()).run(RIGHT, a_call())


async def test_a_new_admin_is_stored_with_a_hashed_password_and_their_maker(
    store: FakeStore, passwords: PlainPasswords
) -> None:
    call = a_call(ROOT)
    made = await CreateAdmin(store, passwords).run(GRACE, call)
    assert (store.admins[made.id].email, store.admins[made.id].root) == (GRACE.email, False)
    assert store.hashes[made.id] == await passwords.hash(GRACE.password)
    assert store.makers[made.id] == ROOT.id
    assert call.steps == ["Checking email not taken", "Hashing password", "Creating admin"]
    assert call.concerns == {"admin": made.id}


async def test_a_taken_email_is_refused_before_any_hashing(store: FakeStore, passwords: PlainPasswords) -> None:
    call = a_call(ROOT)
    with pytest.raises(EmailTaken, match="Email already exists"):
        await CreateAdmin(store, passwords).run(NewAdmin(email=EMAIL.upper(), password="correct horse"), call)
    assert call.steps == ["Checking email not taken"]


async def test_a_page_tells_the_total_and_where_it_stands(store: FakeStore, passwords: PlainPasswords) -> None:
    await CreateAdmin(store, passwords).run(GRACE, a_call(ROOT))
    call = a_call(ROOT)
    page = await ListAdmins(store).run(Page(page=2, limit=1), call)
    assert [each.email for each in page.items] == [GRACE.email]
    assert (page.total, page.page, page.limit) == (2, 2, 1)
    assert call.steps == ["Fetching admin list", "Counting total admins"]
