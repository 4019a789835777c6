"""API keys in a list and in PostgreSQL: one suite for both."""

import pytest
from auth_service.api_key import KeptApiKey, Presented
from auth_service.ports import ApiKeys
from auth_service.store.api_keys import StoredApiKeys
from contracts.api_keys import MadeApiKey
from flowkit.contract.audit import WhichEntries
from flowkit.testing.calls import a_call, someone

from .fakes import FakeApiKeys

ADMIN = someone("admin")


@pytest.fixture(params=["fake", "real"])
def keys(request: pytest.FixtureRequest) -> ApiKeys:
    if request.param == "fake":
        return FakeApiKeys()
    return request.getfixturevalue("stored_api_keys")


async def kept(keys: ApiKeys, name: str = "lamp") -> KeptApiKey:
    new = Presented.new()
    key = KeptApiKey(
        id=new.id,
        name=name,
        role="admin",
        root=False,
        contracts=("api.v1.customer.get",),
        made_by=ADMIN.id,
        digest=new.digest,
        expires_at=None,
    )
    await keys.add(key, MadeApiKey(id=new.id, key=new.text), a_call(ADMIN))
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

    assert await keys.remove(one.id, a_call(ADMIN))
    assert not await keys.remove(one.id, a_call(ADMIN))

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
    await stored_api_keys.remove(key.id, a_call(ADMIN))

    async with stored_api_keys.store.reading() as tx:
        told = await tx.entries(WhichEntries(subject=key.id))
    assert [(each.action, each.actor) for each in told] == [("api-key.revoke", ADMIN.id), ("api-key.make", ADMIN.id)]
