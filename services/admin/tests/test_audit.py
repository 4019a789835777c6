"""Who made whom an admin, who signed in and who was refused is on record."""

import pytest
from admin_service.flows.create_admin import CreateAdmin
from admin_service.flows.log_in import LogIn
from admin_service.root import EMAIL, RootAdmin
from contracts import auth
from contracts.admin import Credentials, EmailTaken, InvalidCredentials, NewAdmin
from flowkit.testing.audit import Noted
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import signing_in

from .fakes import FakeStore

GRACE = NewAdmin(email="grace@example.org", password="correct horse")
ROOT = someone("admin", root=True)
RIGHT = Credentials(email=EMAIL, password="correct horse")
MADE_ROOT = ("root.create", "OK", None, None)


@pytest.fixture
async def store() -> FakeStore:
    """With a root admin in it."""
    store = FakeStore()
    await RootAdmin(store, PlainPasswords(), RIGHT.password).seed()
    return store


async def test_what_an_operator_does_to_the_root_admin_is_on_record(store: FakeStore) -> None:
    await RootAdmin(store, PlainPasswords(), RIGHT.password).seed()
    await RootAdmin(store, PlainPasswords()).replace_password()

    assert store.told == [MADE_ROOT, ("root.replace-password", "OK", None, None)]
    assert {entry.actor_role for entry in store.recorded} == {"operator"}


async def test_who_made_an_admin_is_on_record_and_who_could_not_is_not(store: FakeStore) -> None:
    made = await CreateAdmin(store, PlainPasswords()).run(GRACE, a_call(ROOT))
    with pytest.raises(EmailTaken):
        await CreateAdmin(store, PlainPasswords()).run(GRACE, a_call(ROOT))

    assert store.told == [MADE_ROOT, ("admin.create", "OK", ROOT.id, made.id)]


async def test_signing_in_is_on_record_and_a_refusal_is_noted(store: FakeStore) -> None:
    noted, [root] = Noted(), store.admins
    flows = ImaginedFlows({auth.issue.subject: auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)})
    log_in = LogIn(store, signing_in(PlainPasswords()), flows, noted)

    await log_in.run(RIGHT, a_call())
    for email in (EMAIL, "nobody@example.org"):
        with pytest.raises(InvalidCredentials):
            await log_in.run(Credentials(email=email, password="wrong"), a_call())

    assert store.told == [MADE_ROOT, ("admin.login", "OK", root, root)]
    assert [(entry.outcome, entry.actor, entry.subject) for entry in noted] == [
        ("UNAUTHORIZED", None, root),
        ("UNAUTHORIZED", None, None),
    ]
