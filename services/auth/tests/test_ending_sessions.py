"""How a session ends, without a bus or a database, and what goes with it."""

from typing import Literal

import pytest
from auth_service.flows.end_sessions import EndSessions
from auth_service.flows.issue_token import MOST_SESSIONS
from contracts.auth import InvalidToken, SessionsToEnd
from flowkit.testing.calls import a_call

from .signed_in import ADA, EVE, GRACE_S, World, bearer_of


@pytest.fixture
def world() -> World:
    return World()


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


async def test_the_same_id_under_another_role_is_somebody_else(world: World) -> None:
    pair = await world.sign_in()

    wanted = SessionsToEnd(id=ADA.id, role="admin", why="disabled")
    assert (await EndSessions(world.store, world.told).run(wanted, a_call(service="admin"))).ended == 0

    assert await world.is_let_in(pair)


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
