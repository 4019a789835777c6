import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flowkit import postgres
from flowkit.contract import NotFound, Unavailable
from flowkit.contract.keys import PublicKey
from flowkit.idempotency import FirstAnswer, Key, KeyReused, Receipt
from flowkit.postgres import PostgresOptions
from flowkit.postgres.ledger import PostgresLedger, idempotency_keys, keep
from flowkit.wire import envelope

from .notes import Notes, NoteStore

KEY = Key.of("7f0c1e0a-5d0b-4a55-9f5e-2f9b4f1d3c61", "api.v1.notes.write", "ada")
PAYLOAD = KEY.fingerprint(b'{"note":"eggs"}')
ANSWER = PublicKey(kid="1", x="the first answer")


@pytest.fixture
async def notes(url: str) -> AsyncGenerator[NoteStore]:
    async with postgres.connect(PostgresOptions(url), Notes) as store:
        async with store.transaction() as tx:
            await tx.connection.run_sync(idempotency_keys(sa.MetaData()).metadata.create_all)
            await tx.run("CREATE TABLE notes (id int, note text)")
        yield store


@pytest.fixture
def ledger(notes: NoteStore) -> PostgresLedger:
    return PostgresLedger(notes)


async def claim(ledger: PostgresLedger, lease_s: float = 5, fingerprint: bytes = PAYLOAD) -> Receipt:
    claimed = await ledger.claim(KEY, fingerprint, lease_s, 201)
    assert isinstance(claimed, Receipt)
    return claimed


async def write(notes: NoteStore, note: str, receipt: Receipt) -> None:
    async with notes.transaction() as tx:
        await tx.write(note)
        await keep(tx.connection, receipt, ANSWER)


async def first_answer(ledger: PostgresLedger) -> envelope.Answer:
    claimed = await ledger.claim(KEY, PAYLOAD, 5, 201)
    assert isinstance(claimed, FirstAnswer)
    return envelope.decode(claimed.envelope)


async def test_of_many_at_once_one_may_carry_the_request_out(ledger: PostgresLedger) -> None:
    claimed = await asyncio.gather(*(ledger.claim(KEY, PAYLOAD, 5, 201) for _ in range(20)))
    assert len([each for each in claimed if isinstance(each, Receipt)]) == 1
    assert [each for each in claimed if not isinstance(each, Receipt)] == [None] * 19


async def test_whoever_comes_later_is_given_the_first_answer(ledger: PostgresLedger) -> None:
    await ledger.settle(await claim(ledger), ANSWER)
    answer = await first_answer(ledger)
    assert answer.status == 201
    assert b"the first answer" in bytes(answer.data)


async def test_a_refusal_is_an_answer_too(ledger: PostgresLedger) -> None:
    await ledger.settle(await claim(ledger), NotFound("No such note"))
    answer = await first_answer(ledger)
    assert (answer.status, answer.error_code, answer.message) == (404, "NOT_FOUND", "No such note")


async def test_another_payload_under_the_key_is_refused(ledger: PostgresLedger) -> None:
    another = KEY.fingerprint(b'{"note":"ham"}')
    receipt = await claim(ledger)
    with pytest.raises(KeyReused):
        await ledger.claim(KEY, another, 5, 201)
    await ledger.settle(receipt, ANSWER)
    with pytest.raises(KeyReused):
        await ledger.claim(KEY, another, 5, 201)


async def test_another_payload_does_not_take_over_from_one_who_died(ledger: PostgresLedger) -> None:
    await claim(ledger, lease_s=-1)
    with pytest.raises(KeyReused):
        await ledger.claim(KEY, KEY.fingerprint(b"{}"), 5, 201)


async def test_a_released_key_is_anybodys(ledger: PostgresLedger) -> None:
    await ledger.release(await claim(ledger))
    await claim(ledger, fingerprint=KEY.fingerprint(b"{}"))


async def test_an_effect_and_its_answer_are_committed_together(notes: NoteStore, ledger: PostgresLedger) -> None:
    receipt = await claim(ledger)
    async with notes.transaction() as tx:
        await tx.write("eggs")
        await keep(tx.connection, receipt, ANSWER)
    # As when its process died before it could settle or release anything.
    await ledger.release(receipt)
    assert b"the first answer" in bytes((await first_answer(ledger)).data)


async def test_an_effect_that_is_rolled_back_takes_its_answer_along(notes: NoteStore, ledger: PostgresLedger) -> None:
    receipt = await claim(ledger, lease_s=-1)
    with suppress(ZeroDivisionError):
        async with notes.transaction() as tx:
            await tx.write("eggs")
            await keep(tx.connection, receipt, ANSWER)
            raise ZeroDivisionError
    await claim(ledger)


async def test_who_was_held_up_beyond_the_lease_must_not_do_it_again(notes: NoteStore, ledger: PostgresLedger) -> None:
    late = await claim(ledger, lease_s=-1)
    in_time = await claim(ledger)
    with pytest.raises(Unavailable):
        await write(notes, "eggs, late", late)
    await write(notes, "eggs", in_time)
    async with notes.reading() as tx:
        assert await tx.all() == ["eggs"]


async def test_the_one_who_was_taken_over_from_settles_and_releases_nothing(ledger: PostgresLedger) -> None:
    late = await claim(ledger, lease_s=-1)
    in_time = await claim(ledger)
    await ledger.settle(late, NotFound())
    await ledger.release(late)
    await ledger.settle(in_time, ANSWER)
    assert (await first_answer(ledger)).success


async def test_a_key_counts_for_a_day_and_what_is_over_is_cleared_away(
    notes: NoteStore, ledger: PostgresLedger
) -> None:
    forgetful = replace(ledger, kept_s=-1)
    for number in range(15):
        old = await forgetful.claim(Key.of(f"old key {number}".replace(" ", "-"), "s", ""), PAYLOAD, 5, 200)
        assert isinstance(old, Receipt)
    async with notes.transaction() as tx:
        assert await tx.connection.scalar(sa.text("SELECT count(*) FROM idempotency_keys")) <= 10
    await ledger.settle(await claim(replace(ledger, kept_s=-1)), ANSWER)
    await claim(ledger, fingerprint=KEY.fingerprint(b"{}"))


async def test_without_a_key_nothing_is_kept(notes: NoteStore) -> None:
    async with notes.transaction() as tx:
        await keep(tx.connection, None, ANSWER)
        assert await tx.connection.scalar(sa.text("SELECT count(*) FROM idempotency_keys")) == 0
