"""Who is deleted is gone here and at auth, or nowhere."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from contracts import auth
from contracts.customer import Changes, Credentials, InvalidCredentials, NewCustomer, NoSuchCustomer, WhichCustomer
from customer_service.flows.delete_customer import DeleteCustomer
from customer_service.flows.log_in import LogIn
from customer_service.flows.register_customer import RegisterCustomer
from customer_service.flows.update_customer import UpdateCustomer
from customer_service.ports import Flows, Store
from customer_service.store import Transaction
from flowkit import postgres
from flowkit.contract import Contract, Unavailable
from flowkit.postgres.login_histories import LoginHistories
from flowkit.process.logins import StoredHistories
from flowkit.security.passwords import Passwords, Verdict
from flowkit.security.signing_in import SigningIn
from flowkit.security.throttle import Throttle
from flowkit.testing.audit import Noted
from flowkit.testing.calls import a_call, someone
from flowkit.testing.flows import ImaginedFlows
from flowkit.testing.passwords import PlainPasswords
from flowkit.testing.signing_in import signing_in
from msgspec import Struct
from sqlalchemy import text

from .fakes import FakeStore

ADA = NewCustomer(email="ada@example.org", password="correct horse", first_name="Ada", last_name="Lovelace")
RIGHT = Credentials(email=ADA.email, password=ADA.password)
ADMIN = someone("admin")
ISSUED = auth.SignedIn(token="a.b.c", refresh_token="flr_x", expires_in=900)
HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
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


class DeletingMeanwhile(PlainPasswords):
    def __init__(self, delete: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.delete = delete

    async def verify(self, password: str, stored: str) -> Verdict:
        await self.delete()
        return await super().verify(password, stored)


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


async def log_in(store: Store, flows: Flows, signing: SigningIn | None = None) -> auth.SignedIn:
    return await LogIn(store, signing or signing_in(PlainPasswords()), flows, Noted()).run(RIGHT, a_call())


def throttled(store: postgres.Store[Transaction], passwords: Passwords | None = None) -> SigningIn:
    return SigningIn(passwords or PlainPasswords(), Throttle(StoredHistories(LoginHistories(store))), refusal=0.0)


async def histories(store: postgres.Store[Transaction]) -> int:
    async with store.reading() as tx:
        return int(await tx.connection.scalar(text("SELECT count(*) FROM login_accounts")) or 0)


async def held_up(store: postgres.Store[Transaction]) -> int:
    """How many wait for a row that another holds."""
    async with store.reading() as tx:
        return int(await tx.connection.scalar(text(HELD_UP)) or 0)


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
    signing_in = throttled(real_store)
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        deleting = tasks.create_task(delete(real_store, slow, ada))
        await slow.asked.wait()
        signing = tasks.create_task(refused(real_store, slow, signing_in))
        while not await held_up(real_store):
            await asyncio.sleep(0.02)
        assert not deleting.done()
        assert not signing.done()
        slow.may.set()

    assert signing.result()
    assert slow.forgotten == [ada, ada]
    assert await histories(real_store) == 0


async def test_a_login_whose_account_goes_while_the_password_is_verified_leaves_nothing(
    real_store: postgres.Store[Transaction],
) -> None:
    ada, flows = await register(real_store), ImaginedFlows(dict(AUTH))
    slow = DeletingMeanwhile(lambda: delete(real_store, flows, ada))

    assert await refused(real_store, flows, throttled(real_store, slow))

    assert await histories(real_store) == 0


@pytest.mark.parametrize("leaving", ["deleted", "another email"])
async def test_what_the_throttle_remembers_of_an_email_goes_with_it(
    real_store: postgres.Store[Transaction], leaving: str
) -> None:
    ada, flows = await register(real_store), ImaginedFlows(dict(AUTH))
    await log_in(real_store, flows, throttled(real_store))
    assert await histories(real_store) == 1

    if leaving == "deleted":
        await delete(real_store, flows, ada)
    else:
        await UpdateCustomer(real_store).run(Changes(id=ada, email="ada@king.example"), a_call(ADMIN))

    assert await histories(real_store) == 0


async def refused(store: Store, flows: Flows, signing: SigningIn) -> bool:
    try:
        await log_in(store, flows, signing)
    except InvalidCredentials:
        return True
    return False
