"""API keys: who may make one, what it may do, and how it is proven."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from auth_service.api_key import Presented
from auth_service.flows.list_api_keys import ListApiKeys
from auth_service.flows.make_api_key import MakeApiKey
from auth_service.flows.prove_api_key import ProveApiKey
from auth_service.flows.revoke_api_key import RevokeApiKey
from auth_service.flows.validate_token import ValidateToken
from auth_service.ports import Why
from contracts import customer
from contracts.api_keys import (
    MadeApiKey,
    MoreThanYours,
    NewApiKey,
    NoSuchApiKey,
    NoSuchContract,
    Page,
    RootIsAnAdmins,
    WhichApiKey,
)
from contracts.auth import InvalidApiKey, TokenToValidate
from flowkit.contract import Identity, OutOfScope
from flowkit.security import tokens
from flowkit.security.tokens import INTERNAL
from flowkit.telemetry.redaction import without_secrets
from flowkit.testing.calls import a_call, someone

from .fake_sessions import FakeSessions
from .fakes import FakeApiKeys, a_keyring

ADMIN, ROOT = someone("admin"), someone("admin", root=True)
GET, LIST = customer.get.subject, customer.get_list.subject
KEYRING, MINUTES = a_keyring(), timedelta(minutes=5)
LAMP = NewApiKey(name="lamp", role="admin")


@dataclass(slots=True)
class Revocations:
    told: list[str] = field(default_factory=list[str])

    async def announce(self, sessions: Sequence[str], why: Why) -> None:
        assert why == "api_key"
        self.told += sessions


@pytest.fixture
def keys() -> FakeApiKeys:
    return FakeApiKeys()


async def made(keys: FakeApiKeys, request: NewApiKey = LAMP, maker: Identity = ADMIN) -> MadeApiKey:
    return await MakeApiKey(keys, {GET, LIST}).run(request, a_call(maker))


def proving(keys: FakeApiKeys, later: timedelta = timedelta()) -> ProveApiKey:
    return ProveApiKey(keys, lambda: datetime.now(UTC) + later)


async def test_a_key_is_shown_once_and_what_is_kept_does_not_tell_it(keys: FakeApiKeys) -> None:
    new = await made(keys)

    kept = keys.kept[new.id]
    secret = new.key[37:]
    assert new.key.startswith("fak_")
    assert secret not in repr(kept)
    assert secret.encode() not in kept.digest
    assert keys.audited == [("api-key.make", ADMIN.id)]


async def test_a_key_is_masked_wherever_it_is_written(keys: FakeApiKeys) -> None:
    key = (await made(keys)).key

    assert without_secrets(f"refused {key}.") == "refused [redacted]."


async def test_it_stands_for_somebody_of_its_own_with_the_role_it_was_given(keys: FakeApiKeys) -> None:
    new = await made(keys, NewApiKey(name="lamp", role="admin", contracts=(GET, LIST, GET)))

    identity = (await proving(keys).of(new.key)).identity

    assert (identity.id, identity.session, identity.role, identity.root) == (new.id, new.id, "admin", False)
    assert identity.contracts == (GET, LIST)
    assert identity.is_api_key
    assert not ROOT.is_api_key


async def test_root_is_roots_to_give(keys: FakeApiKeys) -> None:
    root = NewApiKey(name="lamp", role="admin", root=True)
    with pytest.raises(MoreThanYours):
        await made(keys, root, ADMIN)
    assert not keys.kept

    new = await made(keys, root, ROOT)
    assert (await proving(keys).of(new.key)).identity.root


async def test_a_key_makes_and_revokes_no_other(keys: FakeApiKeys) -> None:
    """A limited one could make one without limits."""
    new = await made(keys, NewApiKey(name="root's", role="admin", root=True), ROOT)
    machine = (await proving(keys).of(new.key)).identity

    with pytest.raises(MoreThanYours):
        await made(keys, LAMP, machine)
    with pytest.raises(MoreThanYours):
        await RevokeApiKey(keys, Revocations()).run(WhichApiKey(id=new.id), a_call(machine))
    assert list(keys.kept) == [new.id]


@pytest.mark.parametrize(
    ("limits", "field_"),
    [((GET, "api.v1.customer.eat"), "contracts.1"), (("api.v1.auth.issue",), "contracts.0")],
)
async def test_a_limit_that_no_client_may_ask_is_refused(
    keys: FakeApiKeys, limits: tuple[str, ...], field_: str
) -> None:
    with pytest.raises(NoSuchContract) as refused:
        await made(keys, NewApiKey(name="x", role="admin", contracts=limits), ROOT)
    assert [wrong.field for wrong in refused.value.detailed] == [field_]
    assert not keys.kept


async def test_root_is_an_admins_mark(keys: FakeApiKeys) -> None:
    with pytest.raises(RootIsAnAdmins):
        await made(keys, NewApiKey(name="x", role="customer", root=True), ROOT)
    assert not keys.kept


async def test_only_the_whole_key_is_believed(keys: FakeApiKeys) -> None:
    new, other = await made(keys), await made(keys)
    wrong = [
        "fak_",
        new.key[:-1],
        new.key + "A",
        new.key.upper(),
        f" {new.key}",
        new.key + "\n",
        new.key[:37] + other.key[37:],
        new.key[:-1] + ("A" if new.key[-1] != "A" else "B"),
        Presented.new().text,
    ]

    for text in wrong:
        with pytest.raises(InvalidApiKey):
            await proving(keys).of(text)


async def test_one_that_expires_is_believed_until_then_and_what_it_vouches_for_ends_with_it(keys: FakeApiKeys) -> None:
    new = await made(keys, NewApiKey(name="lamp", role="admin", expires_in_days=1))
    day, second = timedelta(days=1), timedelta(seconds=1)

    proven = await proving(keys, day - second).of(new.key)
    with pytest.raises(InvalidApiKey):
        await proving(keys, day + second).of(new.key)

    assert abs(proven.expires_at - (datetime.now(UTC) + day).timestamp()) < 5


async def test_a_validation_vouches_for_minutes(keys: FakeApiKeys) -> None:
    new = await made(keys, NewApiKey(name="lamp", role="admin", contracts=(GET,)))
    call = a_call()

    said = await ValidateToken(KEYRING, FakeSessions(), proving(keys), MINUTES).run(
        TokenToValidate(token=new.key), call
    )

    proven = tokens.verify(said.identity, INTERNAL, KEYRING.public)
    assert proven.identity == (await proving(keys).of(new.key)).identity
    assert proven.expires_at - datetime.now(UTC).timestamp() <= MINUTES.total_seconds()
    assert call.steps == ["Looking up API key", "Checking role requirement"]
    assert said.root is False


async def test_its_scope_is_the_contracts_own_to_judge(keys: FakeApiKeys) -> None:
    new = await made(keys, NewApiKey(name="lamp", role="admin", contracts=(GET,)))
    machine = (await proving(keys).of(new.key)).identity

    customer.get.check(machine)
    with pytest.raises(OutOfScope):
        customer.get_list.check(machine)


async def test_that_it_was_used_is_noted_once_in_a_minute(keys: FakeApiKeys) -> None:
    new = await made(keys)
    for _ in range(5):
        await proving(keys).of(new.key)
    assert keys.noted == [new.id]

    await proving(keys, timedelta(seconds=61)).of(new.key)
    assert keys.noted == [new.id, new.id]


async def test_one_that_is_revoked_is_no_more_and_everyone_is_told(keys: FakeApiKeys) -> None:
    new, told_to = await made(keys), Revocations()

    await RevokeApiKey(keys, told_to).run(WhichApiKey(id=new.id), a_call(ADMIN))

    assert told_to.told == [new.id]
    with pytest.raises(InvalidApiKey):
        await proving(keys).of(new.key)
    with pytest.raises(NoSuchApiKey):
        await RevokeApiKey(keys, told_to).run(WhichApiKey(id=new.id), a_call(ADMIN))


async def test_a_roots_key_is_roots_to_revoke(keys: FakeApiKeys) -> None:
    new = await made(keys, NewApiKey(name="lamp", role="admin", root=True), ROOT)

    with pytest.raises(MoreThanYours):
        await RevokeApiKey(keys, Revocations()).run(WhichApiKey(id=new.id), a_call(ADMIN))

    assert new.id in keys.kept


async def test_they_are_listed_without_what_proves_them(keys: FakeApiKeys) -> None:
    new = await made(keys, NewApiKey(name="lamp", role="admin", expires_in_days=30))

    listed = await ListApiKeys(keys).run(Page(), a_call(ADMIN))

    (shown,) = listed.items
    assert (shown.id, shown.name, shown.made_by, listed.total) == (new.id, "lamp", ADMIN.id, 1)
    assert new.key[37:] not in repr(listed)
