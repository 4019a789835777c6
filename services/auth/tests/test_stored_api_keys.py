"""API keys in a list and in PostgreSQL: one suite for both."""

import asyncio

import pytest
from auth_service.api_key import KeptApiKey, Presented
from auth_service.ports import ApiKeys
from auth_service.store.api_keys import StoredApiKeys
from auth_service.store.sessions import StoredSessions
from contracts.api_keys import MadeApiKey
from flowkit.contract import Unauthorized
from flowkit.contract.audit import WhichEntries
from flowkit.testing.calls import a_call

from .fake_sessions import LIFETIMES
from .fakes import MAKER, FakeApiKeys

EVE = "0190b7a0-0000-7000-8000-000000000002"


@pytest.fixture(params=["fake", "real"])
def keys(request: pytest.FixtureRequest) -> ApiKeys:
    if request.param == "fake":
        return FakeApiKeys()
    return request.getfixturevalue("stored_api_keys")


async def kept(keys: ApiKeys, name: str = "lamp", maker: str = MAKER.id) -> KeptApiKey:
    new = Presented.new()
    key = KeptApiKey(
        id=new.id,
        name=name,
        role="admin",
        root=False,
        contracts=("api.v1.customer.get",),
        made_by=maker,
        digest=new.digest,
        expires_at=None,
    )
    await keys.add(key, MadeApiKey(id=new.id, key=new.text), a_call(MAKER))
    return key


async def test_what_is_kept_is_found(keys: ApiKeys) -> None:
    one, _ = await kept(keys), await kept(keys)

    assert await keys.find(one.id) == one
    assert await keys.find(Presented.new().id) is None


async def test_they_are_told_page_by_page(keys: ApiKeys) -> None:
    names = [(await kept(keys, f"lamp {n}")).name for n in range(3)]

    first, second = await keys.page(1, 2), await keys.page(2, 2)

    assert [key.name for key in (*first, *second)] == names
    assert await keys.count() == 3
    assert first[0].contracts == ("api.v1.customer.get",)


async def test_what_is_removed_is_gone(keys: ApiKeys) -> None:
    one, other = await kept(keys), await kept(keys)

    assert await keys.remove(one.id, a_call(MAKER))
    assert not await keys.remove(one.id, a_call(MAKER))

    assert await keys.find(one.id) is None
    assert await keys.find(other.id) == other


async def test_that_one_was_used_is_told(keys: ApiKeys) -> None:
    one, other = await kept(keys), await kept(keys)

    await keys.note_use(one.id)

    used = {key.id: key.last_used_at for key in await keys.page(1, 10)}
    assert used[one.id] is not None
    assert used[other.id] is None


async def test_the_audit_log_has_who_made_and_who_revoked_it(stored_api_keys: StoredApiKeys) -> None:
    key = await kept(stored_api_keys)
    await stored_api_keys.remove(key.id, a_call(MAKER))

    async with stored_api_keys.store.reading() as tx:
        told = await tx.entries(WhichEntries(subject=key.id))
    assert [(each.action, each.actor) for each in told] == [("api-key.revoke", MAKER.id), ("api-key.make", MAKER.id)]


async def test_all_that_somebody_made_are_gone_at_once_and_nobody_elses(stored_api_keys: StoredApiKeys) -> None:
    one, other, eves = await kept(stored_api_keys), await kept(stored_api_keys), await kept(stored_api_keys, maker=EVE)

    async with StoredSessions(stored_api_keys.store, LIFETIMES).transaction() as tx:
        gone = await tx.revoke_keys_of(MAKER.id)

    assert {*gone} == {one.id, other.id}
    assert [key.id for key in await stored_api_keys.page(1, 10)] == [eves.id]


async def test_whose_sessions_are_being_ended_makes_no_key_meanwhile(stored_api_keys: StoredApiKeys) -> None:
    async with StoredSessions(stored_api_keys.store, LIFETIMES).transaction() as tx:
        assert await tx.end_all(MAKER.id, "admin", "disabled") == [MAKER.session]
        making = asyncio.create_task(kept(stored_api_keys))
        await asyncio.sleep(0.2)
        assert not making.done()

    with pytest.raises(Unauthorized):
        await making
    assert await stored_api_keys.count() == 0
