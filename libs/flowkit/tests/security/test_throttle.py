"""One suite over the fake and PostgreSQL, which keeps the fake honest: what is let through, what has to wait."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from unicodedata import category
from uuid import uuid4

import pytest
from flowkit import postgres
from flowkit.postgres import PostgresOptions, Store
from flowkit.postgres.login_histories import LoginHistories, login_tables
from flowkit.process.logins import StoredHistories
from flowkit.security.login_history import WINDOW_S, LoginHistory
from flowkit.security.throttle import Histories, Throttle, Throttled, Ticket
from flowkit.security.visitors import Visitor
from flowkit.servers import PostgresServer
from flowkit.testing.signing_in import FakeHistories
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

ADA = "ada@example.org"
HOME, AWAY = "198.51.100.7", "203.0.113.9"
EVERY_LETTER = """
    SELECT chr(n), lower(chr(n)) FROM generate_series(1, 1114111) AS n
    WHERE n NOT BETWEEN 55296 AND 57343 AND lower(chr(n)) <> chr(n)
"""
MOVE = """
    UPDATE login_accounts SET history = (
        SELECT jsonb_set(history::jsonb, '{tries}', coalesce(jsonb_agg(
            jsonb_set(each, '{1}', to_jsonb((each->>1)::double precision - :seconds))), '[]'))::text
        FROM jsonb_array_elements(history::jsonb->'tries') AS each)
"""


@pytest.fixture
async def stored(postgres_server: PostgresServer) -> AsyncGenerator[Store[AsyncConnection]]:
    name = f"logins_{uuid4().hex}"
    url = await postgres_server.create_database(name)
    async with postgres.connect(PostgresOptions(url), lambda connection: connection) as store:
        async with store.transaction() as connection:
            accounts, _ = login_tables(MetaData())
            await connection.run_sync(accounts.metadata.create_all)
        yield store
    await postgres_server.drop_database(name)


@pytest.fixture(params=["fake", "real"])
def histories(request: pytest.FixtureRequest) -> Histories:
    if request.param == "fake":
        return FakeHistories()
    return StoredHistories(LoginHistories(request.getfixturevalue("stored")))


async def begin(throttle: Throttle, email: str = ADA, address: str = HOME) -> Ticket | None:
    try:
        return await throttle.reserve(Visitor.of(email, address))
    except Throttled:
        return None


async def fail(throttle: Throttle, email: str = ADA, address: str = HOME) -> bool:
    """Whether it was let through to be hashed."""
    if ticket := await begin(throttle, email, address):
        await throttle.fail(ticket)
    return ticket is not None


async def sign_in(throttle: Throttle, email: str = ADA, address: str = HOME) -> bool:
    if ticket := await begin(throttle, email, address):
        await throttle.succeed(ticket)
    return ticket is not None


async def test_failures_are_counted_whoever_of_the_replicas_meets_them(histories: Histories) -> None:
    replicas = [Throttle(histories) for _ in range(3)]
    tries = [await fail(replicas[number % 3], address=f"10.0.0.{number}") for number in range(200)]
    assert sum(tries) == 6


async def test_many_at_once_are_let_through_no_oftener_than_one_by_one(histories: Histories) -> None:
    replicas = [Throttle(histories) for _ in range(3)]
    begun = await asyncio.gather(*(begin(replicas[n % 3], address=f"10.0.0.{n}") for n in range(30)))
    assert sum(each is not None for each in begun) == 6


async def test_of_many_honest_ones_at_once_none_is_refused(
    histories: Histories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowkit.security.throttle._PATIENCE_S", 20)
    replicas = [Throttle(histories) for _ in range(3)]
    assert all(await asyncio.gather(*(sign_in(replicas[number % 3]) for number in range(24))))


async def test_who_is_let_through_and_does_not_hash_has_used_nothing_up(histories: Histories) -> None:
    throttle = Throttle(histories)
    for _ in range(20):
        ticket = await begin(throttle)
        assert ticket is not None
        await throttle.give_back(ticket)


async def test_a_spray_from_one_address_over_many_accounts_ends(histories: Histories) -> None:
    throttle = Throttle(histories, per_address=50)
    tries = [await fail(throttle, f"somebody.{number}@example.org") for number in range(200)]
    # A few, since what is spent wears off meanwhile.
    assert 50 <= sum(tries) < 55
    with pytest.raises(Throttled) as told:
        await throttle.reserve(Visitor.of("one.more@example.org", HOME))
    assert told.value.reason == "throttled_address"
    assert await fail(throttle, "one.more@example.org", AWAY)


async def test_a_spray_at_one_moment_is_let_through_no_oftener(histories: Histories) -> None:
    replicas = [Throttle(histories, per_address=20) for _ in range(3)]
    begun = await asyncio.gather(*(begin(replicas[n % 3], f"somebody.{n}@example.org") for n in range(120)))
    assert 20 <= sum(each is not None for each in begun) <= 21


async def test_a_spray_next_door_does_not_keep_out_who_has_signed_in_from_there_before(histories: Histories) -> None:
    throttle = Throttle(histories, per_address=5)
    await sign_in(throttle)
    for number in range(20):
        await fail(throttle, f"somebody.{number}@example.org")
    assert await sign_in(throttle)


async def test_who_signs_in_costs_its_address_nothing(histories: Histories) -> None:
    throttle = Throttle(histories, per_address=3)
    assert all([await sign_in(throttle, f"somebody.{number}@example.org") for number in range(20)])


async def test_without_an_address_all_share_one_that_is_wider(histories: Histories) -> None:
    throttle = Throttle(histories, per_address=2)
    tries = [await fail(throttle, f"somebody.{number}@example.org", address="") for number in range(40)]
    assert 20 <= sum(tries) < 30


async def test_the_outcome_is_kept_though_others_wrote_meanwhile(histories: Histories) -> None:
    throttle = Throttle(histories)
    first = await begin(throttle)
    second = await begin(throttle, address=AWAY)
    assert first is not None
    assert second is not None
    await asyncio.gather(throttle.succeed(first), throttle.fail(second))
    page = await histories.read(first.who.account, throttle.source(first.who))
    assert page.history is not None
    assert page.history.count('"newcomer",true') == 1
    assert page.history.count('"newcomer",false') == 0


async def test_what_was_forgotten_meanwhile_is_not_brought_back(stored: Store[AsyncConnection]) -> None:
    kept, who = LoginHistories(stored), Visitor.of(ADA, HOME)
    throttle = Throttle(StoredHistories(kept))
    assert await sign_in(throttle)
    under_way = await throttle.reserve(who)
    assert "known" in under_way.granted.lane

    await kept.forget(who.account)
    await throttle.fail(under_way)

    page = await StoredHistories(kept).read(who.account, throttle.source(who))
    assert LoginHistory.read(page.history) == LoginHistory()


async def test_in_a_quarter_of_an_hour_all_is_as_it_was(stored: Store[AsyncConnection]) -> None:
    throttle = Throttle(StoredHistories(LoginHistories(stored)))
    for number in range(20):
        await fail(throttle, address=f"10.0.0.{number}")
    with pytest.raises(Throttled) as told:
        await throttle.reserve(Visitor.of(ADA, AWAY))
    assert told.value.reason == "throttled_account"
    async with stored.transaction() as connection:
        await connection.execute(text(MOVE), {"seconds": WINDOW_S})
    assert await sign_in(throttle, address=AWAY)


async def test_one_throttle_holds_for_all_spellings_postgresql_takes_for_one(stored: Store[AsyncConnection]) -> None:
    async with stored.reading() as connection:
        pairs = [(row[0], row[1]) for row in await connection.execute(text(EVERY_LETTER))]
    assert len(pairs) > 1000
    # Letters newer than this Python's Unicode are left: an account we know is throttled by the spelling we stored.
    pairs = [pair for pair in pairs if "Cn" not in map(category, pair)]
    apart = [pair for pair in pairs if Visitor.of(f"{pair[0]}@x", "").account != Visitor.of(f"{pair[1]}@x", "").account]
    assert apart == []


async def test_what_says_nothing_any_more_is_cleared_away(stored: Store[AsyncConnection]) -> None:
    kept = LoginHistories(stored)
    throttle = Throttle(StoredHistories(kept))
    await fail(throttle)
    await sign_in(throttle, "bob@example.org", AWAY)
    assert await kept.prune(idle_s=WINDOW_S, most=100) == 0
    async with stored.transaction() as connection:
        for change in ("login_accounts SET expires_at = expires_at", "login_sources SET at = at"):
            await connection.execute(text(f"UPDATE {change} - interval '16 minutes'"))
    assert await kept.prune(idle_s=WINDOW_S, most=1) == 2
    assert await counted(stored, "login_accounts") == 1, "where bob signs in from is still known"
    assert await counted(stored, "login_sources") == 1


async def counted(stored: Store[Any], table: str) -> int:
    async with stored.reading() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)  # noqa: S608  of ours
