"""What a session lives through, without a bus or a database: opened, refreshed, stolen, ended."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import pytest
from auth_service.flows.end_sessions import EndSessions
from auth_service.flows.issue_token import MOST_SESSIONS, IssueToken
from auth_service.flows.list_sessions import ListSessions
from auth_service.flows.list_sessions_of import ListSessionsOf
from auth_service.flows.log_out import LogOut
from auth_service.flows.prove_api_key import ProveApiKey
from auth_service.flows.refresh_session import RefreshSession
from auth_service.flows.validate_token import ValidateToken
from auth_service.token_pairs import TokenPairs, succession_key
from contracts.auth import InvalidToken, Leaving, RefreshToken, SessionsToEnd, SignedIn, Subject, TokenToValidate, Whose
from flowkit.call import Call
from flowkit.contract import Identity, Nothing, Role, ServiceNotPermitted
from flowkit.security.tokens import ACCESS
from flowkit.testing.calls import a_call

from .fake_sessions import FakeRevocations, FakeSessions
from .fakes import FakeApiKeys, a_keyring

KEYRING = a_keyring()
PAIRS = TokenPairs(KEYRING, succession_key(bytes(32)), timedelta(minutes=15))
ADA = Subject(id="0190b7a0-0000-7000-8000-000000000001", email="ada@example.org", role="customer")
EVE = Subject(id="0190b7a0-0000-7000-8000-000000000002", email="eve@example.org", role="customer")
GRACE_S = 10.0
EXCHANGING = "Exchanging refresh token"


@dataclass(slots=True)
class World:
    store: FakeSessions = field(default_factory=FakeSessions)
    told: FakeRevocations = field(default_factory=FakeRevocations)

    async def sign_in(self, who: Subject = ADA) -> SignedIn:
        return await IssueToken(self.store, PAIRS, self.told).run(who, a_call(service=who.role))

    async def refresh(self, token: str, call: Call | None = None) -> SignedIn:
        flow = RefreshSession(self.store, PAIRS, self.told, timedelta(seconds=GRACE_S))
        return await flow.run(RefreshToken(refresh_token=token), call or a_call())

    async def log_out(self, who: Identity, *, everywhere: bool = False) -> int:
        return (await LogOut(self.store, self.told).run(Leaving(all=everywhere), a_call(who))).ended

    async def is_let_in(self, pair: SignedIn) -> bool:
        try:
            validate = ValidateToken(KEYRING, self.store, ProveApiKey(FakeApiKeys()), timedelta(minutes=1))
            await validate.run(TokenToValidate(token=pair.token), a_call())
        except InvalidToken:
            return False
        return True


def bearer_of(pair: SignedIn) -> Identity:
    return KEYRING.verify(pair.token, ACCESS).identity


@pytest.fixture
def world() -> World:
    return World()


async def test_who_signs_in_has_a_session_and_a_pair_of_tokens_for_it(world: World) -> None:
    call = a_call(service="customer")
    call.client_address = "192.0.2.7"

    pair = await IssueToken(world.store, PAIRS, world.told).run(ADA, call)

    [(session, row)] = world.store.rows.items()
    assert bearer_of(pair) == Identity(id=ADA.id, email=ADA.email, role="customer", session=session)
    assert (row.who, row.address, pair.expires_in) == (ADA, "192.0.2.7", 900)
    assert call.steps == ["Opening session", "Signing access token"]
    assert call.concerns == {"customer": ADA.id}


async def test_a_refresh_token_is_known_by_its_beginning_and_stored_nowhere(world: World) -> None:
    pair = await world.sign_in()

    assert pair.refresh_token.startswith("flr_")
    assert len(pair.refresh_token) == 47
    assert pair.refresh_token.encode() not in b"".join(world.store.tokens)


async def test_each_refresh_gives_a_new_pair_for_the_same_session(world: World) -> None:
    first, call = await world.sign_in(), a_call()
    second = await world.refresh(first.refresh_token, call)
    third = await world.refresh(second.refresh_token)

    assert len({each.refresh_token for each in (first, second, third)}) == 3
    assert len({bearer_of(each).session for each in (first, second, third)}) == 1
    assert call.steps == [EXCHANGING, "Signing access token"]
    assert call.concerns == {"customer": ADA.id}


async def test_within_the_grace_the_same_token_has_the_same_successor(world: World) -> None:
    first, call = await world.sign_in(), a_call()
    second = await world.refresh(first.refresh_token)
    await world.store.later(seconds=GRACE_S)

    again = await world.refresh(first.refresh_token, call)

    assert again.refresh_token == second.refresh_token
    assert call.steps == [EXCHANGING, "Answering with the same successor again", "Signing access token"]
    assert world.told.announced == []


async def test_after_the_grace_a_spent_token_ends_the_session_at_once(world: World) -> None:
    first, call = await world.sign_in(), a_call()
    second = await world.refresh(first.refresh_token)
    await world.store.later(seconds=GRACE_S + 0.1)

    with pytest.raises(InvalidToken):
        await world.refresh(first.refresh_token, call)

    assert world.told.announced == [((bearer_of(first).session,), "reuse")]
    assert call.steps[1:] == [
        "Ending the session, since a spent refresh token was used",
        "Announcing the end of the session",
    ]
    assert not await world.is_let_in(second)
    with pytest.raises(InvalidToken):
        await world.refresh(second.refresh_token)


async def test_within_the_grace_too_once_its_successor_was_used(world: World) -> None:
    first = await world.sign_in()
    second = await world.refresh(first.refresh_token)
    third = await world.refresh(second.refresh_token)

    with pytest.raises(InvalidToken):
        await world.refresh(first.refresh_token)

    assert not await world.is_let_in(third)
    assert [why for _, why in world.told.announced] == ["reuse"]


@pytest.mark.parametrize("token", ["", "x", "flr_", "flr_" + "A" * 43, "flr_" + "A" * 43 + "\n", "é" * 47, "a.b.c"])
async def test_what_is_no_refresh_token_is_refused_and_ends_nothing(world: World, token: str) -> None:
    pair = await world.sign_in()

    with pytest.raises(InvalidToken, match="Invalid token"):
        await world.refresh(token)

    assert await world.is_let_in(pair)


async def test_an_access_token_refreshes_nothing_and_a_refresh_token_lets_nobody_in(world: World) -> None:
    pair = await world.sign_in()

    with pytest.raises(InvalidToken):
        await world.refresh(pair.token)
    assert not await world.is_let_in(SignedIn(token=pair.refresh_token, refresh_token="", expires_in=1))


async def test_a_session_lasts_thirty_days_unused_and_ninety_in_all(world: World) -> None:
    pair, forgotten = await world.sign_in(), await world.sign_in()
    for _ in range(3):
        await world.store.later(days=29)
        pair = await world.refresh(pair.refresh_token)
    with pytest.raises(InvalidToken):
        await world.refresh(forgotten.refresh_token)

    await world.store.later(days=2, hours=23, minutes=59)
    pair = await world.refresh(pair.refresh_token)
    assert pair.expires_in == 60
    await world.store.later(minutes=1)
    with pytest.raises(InvalidToken):
        await world.refresh(pair.refresh_token)


async def test_logging_out_ends_this_session_and_no_other(world: World) -> None:
    here, there = await world.sign_in(), await world.sign_in()

    assert await world.log_out(bearer_of(here)) == 1

    assert [await world.is_let_in(each) for each in (here, there)] == [False, True]
    assert world.told.announced == [((bearer_of(here).session,), "logout")]
    with pytest.raises(InvalidToken):
        await world.refresh(here.refresh_token)


async def test_logging_out_everywhere_ends_all_of_ones_own(world: World) -> None:
    here, there, eve = await world.sign_in(), await world.sign_in(), await world.sign_in(EVE)

    assert await world.log_out(bearer_of(here), everywhere=True) == 2
    assert await world.log_out(bearer_of(here), everywhere=True) == 0

    assert [await world.is_let_in(each) for each in (here, there, eve)] == [False, False, True]


async def test_a_service_ends_somebody_s_sessions_but_the_one_to_keep(world: World) -> None:
    here, there, eve, call = (
        await world.sign_in(),
        await world.sign_in(),
        await world.sign_in(EVE),
        a_call(service="customer"),
    )

    wanted = SessionsToEnd(id=ADA.id, role="customer", why="password_changed", keep=bearer_of(here).session)
    ended = await EndSessions(world.store, world.told).run(wanted, call)

    assert ended.ended == 1
    assert [await world.is_let_in(each) for each in (here, there, eve)] == [True, False, True]
    assert call.steps == ["Ending sessions", "Announcing the end of the sessions"]


@pytest.mark.parametrize(
    ("service", "role"), [("customer", "admin"), ("admin", "customer"), ("gateway", "admin"), ("", "admin")]
)
async def test_a_service_vouches_for_those_it_keeps_and_no_others(world: World, service: str, role: Role) -> None:
    with pytest.raises(ServiceNotPermitted):
        await IssueToken(world.store, PAIRS, world.told).run(
            Subject(id=ADA.id, email=ADA.email, role=role), a_call(service=service)
        )
    with pytest.raises(ServiceNotPermitted):
        await EndSessions(world.store, world.told).run(
            SessionsToEnd(id=ADA.id, role=role, why="deleted"), a_call(service=service)
        )


async def test_the_same_id_under_another_role_is_somebody_else(world: World) -> None:
    pair = await world.sign_in()

    wanted = SessionsToEnd(id=ADA.id, role="admin", why="disabled")
    assert (await EndSessions(world.store, world.told).run(wanted, a_call(service="admin"))).ended == 0

    assert await world.is_let_in(pair)


async def test_one_s_sessions_are_listed_and_the_current_one_is_marked(world: World) -> None:
    here, there, _ = await world.sign_in(), await world.sign_in(), await world.sign_in(EVE)
    await world.store.later(minutes=1)
    await world.refresh(there.refresh_token)

    listed = await ListSessions(world.store).run(Nothing(), a_call(bearer_of(here)))

    assert [(each.id, each.current) for each in listed.items] == [
        (bearer_of(there).session, False),
        (bearer_of(here).session, True),
    ]


async def test_nobody_has_more_sessions_than_so_many_and_the_oldest_ends_first(world: World) -> None:
    pairs = [await world.sign_in() for _ in range(MOST_SESSIONS + 1)]

    assert world.told.announced == [((bearer_of(pairs[0]).session,), "too_many")]
    assert [await world.is_let_in(pairs[0]), await world.is_let_in(pairs[1])] == [False, True]


async def test_of_whom_is_deleted_nothing_is_left(world: World) -> None:
    pair, eve, call = await world.sign_in(), await world.sign_in(EVE), a_call(service="customer")
    await world.refresh(pair.refresh_token)

    ended = await EndSessions(world.store, world.told).run(
        SessionsToEnd(id=ADA.id, role="customer", why="deleted"), call
    )

    assert ended.ended == 1
    assert [await world.is_let_in(each) for each in (pair, eve)] == [False, True]
    assert {row.who for row in world.store.rows.values()} == {EVE}
    assert len(world.store.tokens) == 1
    assert call.steps == [
        "Ending sessions",
        "Forgetting what was kept of them",
        "Announcing the end of the sessions",
    ]


@pytest.mark.parametrize("why", ["disabled", "deleted"])
async def test_who_has_no_rights_any_more_leaves_no_api_key_behind(
    world: World, why: Literal["disabled", "deleted"]
) -> None:
    world.store.keys = {"k1": ADA.id, "k2": EVE.id, "k3": ADA.id}
    wanted, call = SessionsToEnd(id=ADA.id, role="admin", why=why), a_call(service="admin")

    await EndSessions(world.store, world.told).run(wanted, call)

    assert world.store.keys == {"k2": EVE.id}
    assert world.told.announced == [(("k1", "k3"), "api_key")]
    assert [(each.action, each.actor_role, each.actor, each.subject) for each in world.store.recorded] == [
        ("api-key.revoke", "service", "admin", "k1"),
        ("api-key.revoke", "service", "admin", "k3"),
    ]
    assert "Revoking the API keys they made" in call.steps


async def test_a_new_password_takes_no_api_key_away(world: World) -> None:
    world.store.keys = {"k1": ADA.id}

    wanted = SessionsToEnd(id=ADA.id, role="admin", why="password_changed")
    await EndSessions(world.store, world.told).run(wanted, a_call(service="admin"))

    assert world.store.keys == {"k1": ADA.id}
    assert world.told.announced == []


async def test_what_becomes_of_sessions_is_on_record(world: World) -> None:
    first, second = await world.sign_in(), await world.sign_in()
    await world.log_out(bearer_of(second))
    await world.refresh(first.refresh_token)
    await world.store.later(seconds=GRACE_S + 1)
    with pytest.raises(InvalidToken):
        await world.refresh(first.refresh_token)
    third = await world.sign_in()
    wanted = SessionsToEnd(id=ADA.id, role="customer", why="password_changed")
    await EndSessions(world.store, world.told).run(wanted, a_call(service="customer"))

    told = [(entry.action, entry.actor_role, entry.actor, entry.session) for entry in world.store.recorded]
    of = [bearer_of(each).session for each in (first, second, third)]
    assert told == [
        ("session.open", "customer", ADA.id, of[0]),
        ("session.open", "customer", ADA.id, of[1]),
        ("session.logout", "customer", ADA.id, of[1]),
        ("session.reuse", "anyone", None, of[0]),
        ("session.open", "customer", ADA.id, of[2]),
        ("session.password_changed", "service", "customer", of[2]),
    ]
    assert {entry.subject for entry in world.store.recorded} == {ADA.id}


async def test_another_service_is_told_the_sessions_of_those_it_keeps_alone(world: World) -> None:
    pair = await world.sign_in()
    await world.sign_in(EVE)
    listing = ListSessionsOf(world.store)

    told = await listing.run(Whose(id=ADA.id, role="customer"), a_call(service="customer"))

    assert [each.id for each in told.items] == [bearer_of(pair).session]
    with pytest.raises(ServiceNotPermitted):
        await listing.run(Whose(id=ADA.id, role="admin"), a_call(service="customer"))
