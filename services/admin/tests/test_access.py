"""Who has another password, or is disabled, is signed in nowhere else; or nothing has changed."""

import pytest
from admin_service.flows.change_password import ChangePassword
from admin_service.flows.create_admin import CreateAdmin
from admin_service.flows.log_in import LogIn
from admin_service.flows.set_status import SetStatus
from admin_service.root import RootAdmin
from contracts import auth
from contracts.admin import (
    Credentials,
    InvalidCredentials,
    NewAdmin,
    NoSuchAdmin,
    PasswordChange,
    RootStays,
    StatusChange,
    WrongPassword,
)
from flowkit.call import Call
from flowkit.contract import Contract, Identity, Unavailable
from flowkit.testing.audit import Noted
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import signing_in
from msgspec import UNSET, Struct
from msgspec.structs import replace

from .fakes import FakeStore

OLD, NEW = "correct horse", "battery staple"
SESSION = "0190b7a0-0000-7000-8000-00000000000a"
NOBODY = "00000000-0000-0000-0000-000000000000"
ROOT = someone("admin", root=True)
GRACE = NewAdmin(email="grace@example.org", password=OLD)


def ending() -> ImaginedFlows:
    return ImaginedFlows({auth.end_sessions.subject: auth.Ended(ended=2)})


def issuing() -> ImaginedFlows:
    issued = auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)
    return ImaginedFlows({auth.issue.subject: issued})


async def change(store: FakeStore, flows: ImaginedFlows, current: str, call: Call) -> int:
    passwords = PlainPasswords()
    changing = ChangePassword(store, passwords, signing_in(passwords), flows)
    return (await changing.run(PasswordChange(current_password=current, new_password=NEW), call)).ended


async def signs_in(store: FakeStore, password: str, flows: ImaginedFlows | None = None) -> bool:
    login = LogIn(store, signing_in(PlainPasswords()), flows or issuing(), Noted())
    try:
        await login.run(Credentials(email="grace@example.org", password=password), a_call())
    except InvalidCredentials:
        return False
    return True


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
async def who(store: FakeStore) -> Identity:
    made = await CreateAdmin(store, PlainPasswords()).run(
        NewAdmin(email="grace@example.org", password=OLD), a_call(ROOT)
    )
    return replace(someone("admin", user_id=made.id), session=SESSION)


async def test_a_new_password_lets_its_owner_in_and_ends_their_other_sessions(store: FakeStore, who: Identity) -> None:
    flows, call = ending(), a_call(who)

    assert await change(store, flows, OLD, call) == 2

    assert [await signs_in(store, each) for each in (OLD, NEW)] == [False, True]
    assert flows.asked == [auth.SessionsToEnd(id=who.id, role="admin", why="password_changed", keep=SESSION)]
    assert call.steps == [
        "Looking up admin",
        "Checking login throttle",
        "Verifying password",
        "Hashing new password",
        "Changing password",
        "Ending other sessions",
    ]
    assert [each.action for each in store.recorded][-2:] == ["admin.changePassword", "admin.login"]


async def test_whoever_does_not_know_the_password_changes_nothing(store: FakeStore, who: Identity) -> None:
    flows = ending()

    with pytest.raises(WrongPassword, match="Invalid credentials"):
        await change(store, flows, "a wrong one", a_call(who))

    assert await signs_in(store, OLD)
    assert flows.asked == []


async def test_where_sessions_cannot_be_ended_the_password_stays_and_asking_again_is_well(
    store: FakeStore, who: Identity
) -> None:
    with pytest.raises(Unavailable):
        await change(store, ImaginedFlows(), OLD, a_call(who))
    assert await signs_in(store, OLD)

    await change(store, ending(), OLD, a_call(who))
    assert await signs_in(store, NEW)


async def test_who_is_disabled_has_no_sessions_and_signs_in_no_more_until_enabled(
    store: FakeStore, who: Identity
) -> None:
    flows, call = ending(), a_call(ROOT)

    answer = await SetStatus(store, flows).run(StatusChange(id=who.id, status="disabled"), call)
    assert (answer.id, answer.status) == (who.id, "disabled")
    assert flows.asked == [auth.SessionsToEnd(id=who.id, role="admin", why="disabled")]
    assert call.steps == ["Disabling admin", "Ending sessions"]
    assert not await signs_in(store, OLD)

    await SetStatus(store, flows).run(StatusChange(id=who.id, status="active"), a_call(ROOT))
    assert await signs_in(store, OLD)
    assert len(flows.asked) == 1


async def test_where_sessions_cannot_be_ended_nobody_is_disabled(store: FakeStore, who: Identity) -> None:
    with pytest.raises(Unavailable):
        await SetStatus(store, ImaginedFlows()).run(StatusChange(id=who.id, status="disabled"), a_call(ROOT))

    assert await signs_in(store, OLD)


async def test_nobody_is_disabled_who_is_not_there(store: FakeStore) -> None:
    with pytest.raises(NoSuchAdmin):
        await SetStatus(store, ending()).run(StatusChange(id=NOBODY, status="disabled"), a_call(ROOT))


class Meanwhile(ImaginedFlows):
    """While a login has its session opened, something happens."""

    def __init__(self, store: FakeStore, who: Identity) -> None:
        super().__init__({auth.issue.subject: auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)})
        self.store, self.who = store, who

    async def call[Request: Struct, Reply: Struct](self, contract: Contract[Request, Reply], request: Request) -> Reply:
        await change(self.store, ending(), OLD, a_call(self.who))
        return await super().call(contract, request)


async def test_a_login_by_the_old_password_does_not_outlast_its_change(store: FakeStore, who: Identity) -> None:
    """It was verified before, but its session is opened after all others were ended."""
    assert not await signs_in(store, OLD, Meanwhile(store, who))


async def test_the_root_admin_cannot_be_disabled(store: FakeStore) -> None:
    await RootAdmin(store, PlainPasswords(), OLD).seed()
    [root] = store.admins

    with pytest.raises(RootStays):
        await SetStatus(store, ending()).run(StatusChange(id=root, status="disabled"), a_call(ROOT))
    assert store.admins[root].status is UNSET
