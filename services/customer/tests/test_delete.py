"""Who is deleted is gone here and at auth, or nowhere."""

import asyncio
from dataclasses import dataclass, field

import pytest
from contracts import auth
from contracts.customer import Credentials, InvalidCredentials, NewCustomer, NoSuchCustomer, WhichCustomer
from customer_service.flows.delete_customer import DeleteCustomer
from customer_service.flows.log_in import LogIn
from customer_service.flows.register_customer import RegisterCustomer
from customer_service.ports import Flows, Store
from customer_service.store import Transaction
from flowkit import postgres
from flowkit.contract import Contract, Unavailable
from flowkit.testing.audit import Noted
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import signing_in
from msgspec import Struct

from .fakes import FakeStore

ADA = NewCustomer(email="ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
RIGHT = Credentials(email=ADA.email, password=ADA.password)
ADMIN = someone("admin")
ISSUED = auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)
AUTH = {auth.end_sessions.subject: auth.Ended(ended=1), auth.issue.subject: ISSUED}


@dataclass(slots=True)
class SlowAuth:
    """Ends the first sessions it is asked to end when it may."""

    may: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    forgotten: list[str] = field(default_factory=list[str])

    async def call[Request: Struct, Reply: Struct](self, contract: Contract[Request, Reply], request: Request) -> Reply:
        if isinstance(request, auth.SessionsToEnd):
            self.asked.set()
            await self.may.wait()
            self.forgotten.append(request.id)
        return await ImaginedFlows(dict(AUTH)).call(contract, request)


@pytest.fixture(params=["fake", "real"])
def store(request: pytest.FixtureRequest) -> Store:
    return FakeStore() if request.param == "fake" else request.getfixturevalue("real_store")


async def register(store: Store) -> str:
    return (await RegisterCustomer(store, PlainPasswords()).run(ADA, a_call())).id


async def is_there(store: Store, id_: str) -> bool:
    async with store.reading() as tx:
        return await tx.find(id_) is not None


async def delete(store: Store, flows: Flows, id_: str) -> None:
    await DeleteCustomer(store, flows).run(WhichCustomer(id=id_), a_call(ADMIN))


async def log_in(store: Store, flows: Flows) -> auth.SignedIn:
    return await LogIn(store, signing_in(PlainPasswords()), flows, Noted()).run(RIGHT, a_call())


async def test_who_is_deleted_is_forgotten_by_auth_too(store: Store) -> None:
    ada, flows = await register(store), ImaginedFlows(dict(AUTH))

    await delete(store, flows, ada)

    assert not await is_there(store, ada)
    assert flows.asked == [auth.SessionsToEnd(id=ada, role="customer", why="deleted")]


async def test_while_auth_is_away_nobody_is_deleted_and_asking_again_does_it(store: Store) -> None:
    ada = await register(store)

    with pytest.raises(Unavailable):
        await delete(store, ImaginedFlows(), ada)

    assert await is_there(store, ada)
    await delete(store, ImaginedFlows(dict(AUTH)), ada)
    assert not await is_there(store, ada)


async def test_who_is_gone_is_not_found_and_what_auth_may_still_keep_is_forgotten(store: Store) -> None:
    ada, flows = await register(store), ImaginedFlows(dict(AUTH))
    await delete(store, flows, ada)

    with pytest.raises(NoSuchCustomer):
        await delete(store, flows, ada)

    assert len(flows.asked) == 2


async def test_who_signs_in_while_they_are_deleted_is_refused_and_has_no_session(
    real_store: postgres.Store[Transaction],
) -> None:
    ada, slow = await register(real_store), SlowAuth()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(delete(real_store, slow, ada))
        await slow.asked.wait()
        signing = tasks.create_task(refused(real_store, slow))
        # Long enough for it to come to the row that is held.
        await asyncio.sleep(0.3)
        assert not deleting.done()
        assert not signing.done()
        slow.may.set()

    assert signing.result()
    assert slow.forgotten == [ada, ada]


async def refused(store: Store, flows: Flows) -> bool:
    try:
        await log_in(store, flows)
    except InvalidCredentials:
        return True
    return False
