"""What a session lives through, without a bus or a database: opened, refreshed, stolen, listed."""

import pytest
from auth_service.flows.end_sessions import EndSessions
from auth_service.flows.issue_token import IssueToken
from auth_service.flows.list_sessions import ListSessions
from auth_service.flows.list_sessions_of import ListSessionsOf
from contracts.auth import InvalidToken, SessionsToEnd, SignedIn, Subject, Whose
from flowkit.contract import Identity, Nothing, Role, ServiceNotPermitted
from flowkit.testing.calls import a_call

from .signed_in import ADA, EVE, GRACE_S, PAIRS, World, bearer_of

EXCHANGING = "Exchanging refresh token"


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


async def test_one_s_sessions_are_listed_and_the_current_one_is_marked(world: World) -> None:
    here, there, _ = await world.sign_in(), await world.sign_in(), await world.sign_in(EVE)
    await world.store.later(minutes=1)
    await world.refresh(there.refresh_token)

    listed = await ListSessions(world.store).run(Nothing(), a_call(bearer_of(here)))

    assert [(each.id, each.current) for each in listed.items] == [
        (bearer_of(there).session, False),
        (bearer_of(here).session, True),
    ]


async def test_another_service_is_told_the_sessions_of_those_it_keeps_alone(world: World) -> None:
    pair = await world.sign_in()
    await world.sign_in(EVE)
    listing = ListSessionsOf(world.store)

    told = await listing.run(Whose(id=ADA.id, role="customer"), a_call(service="customer"))

    assert [each.id for each in told.items] == [bearer_of(pair).session]
    with pytest.raises(ServiceNotPermitted):
        await listing.run(Whose(id=ADA.id, role="admin"), a_call(service="customer"))
