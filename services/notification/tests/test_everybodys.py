"""What is one recipient's fault holds up nobody else; what is everybody's loses nobody a letter."""

from collections.abc import AsyncGenerator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from contracts.customer import Contact, WhichCustomer
from flowkit.contract import Contract
from flowkit.postgres import Store as RealStore
from msgspec import Struct
from notification_service.channels.smtp import SmtpChannel
from notification_service.ports import Channel, Doubtful, Message, Store
from notification_service.sender.doubts import Doubts
from notification_service.store import Transaction
from sqlalchemy import text
from structlog.testing import capture_logs

from tests.mailbox import Mailbox, opened

from .fakes import FakeStore
from .stage import QUICK, put_down, sending, until
from .test_smtp import to

RELAY_DENIED = "554 5.7.1 Relay access denied"
type Lines = Sequence[MutableMapping[str, Any]]


class Everyone:
    """Each customer is written to at an address of their own."""

    async def call[Request: Struct, Reply: Struct](self, contract: Contract[Request, Reply], request: Request) -> Reply:
        assert isinstance(request, WhichCustomer)
        return cast("Reply", Contact(email=address(request.id), first_name="Ada"))


@asynccontextmanager
async def sent_by(mailbox: Mailbox, store: Store, at_once: int = 8, patience: float = 20.0) -> AsyncGenerator[None]:
    channel = SmtpChannel(replace(to(mailbox), timeout=patience))
    async with sending(store, channel, replace(QUICK, at_once=at_once), Everyone()):
        yield


def address(customer_id: str) -> str:
    return f"{customer_id}@example.org"


async def customers(store: FakeStore | RealStore[Transaction], count: int) -> list[str]:
    """Each has one letter to come."""
    made = [str(uuid4()) for _ in range(count)]
    for customer_id in made:
        await put_down(store, customer_id=customer_id)
    return made


def outcomes(lines: Lines, customer_id: str | None = None) -> list[str]:
    told = [line for line in lines if line["event"] == "notification"]
    return [line["outcome"] for line in told if customer_id in (None, line["about"]["customer"])]


def statuses(store: FakeStore) -> dict[str, str]:
    return {row.due.customer_id: row.status for row in store.rows.values()}


async def test_while_a_server_refuses_all_of_us_everybody_waits_and_all_are_told_once_it_is_mended() -> None:
    store = FakeStore()
    await customers(store, 12)
    with capture_logs() as lines:
        async with opened(Mailbox(to_recipients=RELAY_DENIED)) as mailbox, sent_by(mailbox, store, at_once=1):
            await until(lambda: outcomes(lines).count("away") >= 5)
            assert set(statuses(store).values()) == {"waiting"}
            mailbox.to_recipients = "250 OK"
            await until(lambda: set(statuses(store).values()) == {"sent"})
    assert outcomes(lines)[:2] == ["put_off"] * 2
    assert {outcome for outcome in outcomes(lines)[2:] if outcome != "sent"} == {"away"}


async def test_one_whose_own_server_refuses_us_holds_up_nobody() -> None:
    store = FakeStore()
    first, *others = await customers(store, 20)
    with capture_logs() as lines:
        mailbox = Mailbox(to_one={address(first): "550 5.7.1 Not from you"})
        async with opened(mailbox), sent_by(mailbox, store):
            await until(lambda: outcomes(lines, first).count("put_off") >= 3)
            await until(lambda: all(statuses(store)[other] == "sent" for other in others))
            mailbox.to_one.clear()
            await until(lambda: statuses(store)[first] == "sent")
    assert "away" not in outcomes(lines)


@pytest.mark.parametrize("is_deaf", [True, False])
async def test_one_whom_no_answer_is_had_for_holds_up_nobody(*, is_deaf: bool) -> None:
    store = FakeStore()
    first, *others = await customers(store, 10)
    lost = {address(first)}
    mailbox = Mailbox(deaf_to=lost) if is_deaf else Mailbox(hangs_up_on=lost)
    with capture_logs() as lines:
        async with opened(mailbox), sent_by(mailbox, store, at_once=1, patience=4.0):
            await until(lambda: len(outcomes(lines, first)) >= 1)
            await until(lambda: all(statuses(store)[other] == "sent" for other in others))
    assert set(outcomes(lines, first)) == {"put_off"}
    assert set(outcomes(lines)) == {"put_off", "sent"}


@dataclass
class Refusing(Channel):
    """All but some; how often."""

    tried: int = 0
    but: str | None = None
    taken: list[str] = field(default_factory=list[str])

    async def send(self, message: Message) -> None:
        self.tried += 1
        if message.customer_id != self.but:
            raise Doubtful(message.kind)
        self.taken.append(message.customer_id)


async def test_however_many_are_refused_whoever_was_not_tried_yet_does_not_wait_for_them() -> None:
    store = FakeStore()
    *odd, good = await customers(store, 201)
    channel = Refusing(but=good)
    for_ever = replace(QUICK, first_pause=3600.0, longest_pause=3600.0)
    async with sending(store, channel, for_ever, Everyone()):
        await until(lambda: channel.taken == [good])
        late = (await customers(store, 1))[0]
        channel.but = late
        await until(lambda: channel.taken == [good, late])
    # Of those who were refused nobody's turn came again.
    assert channel.tried == len(odd) + 2


async def test_however_short_the_pause_is_a_letter_that_is_refused_waits_longer_each_time() -> None:
    store, channel = FakeStore(), Refusing()
    await customers(store, 3)
    options, long = replace(QUICK, first_wait=900.0), timedelta(minutes=10)
    with capture_logs() as lines:
        async with sending(store, channel, options, Everyone()):
            await until(lambda: all(row.due_at - row.due.created_at > long for row in store.rows.values()))
    assert sorted(outcomes(lines)) == ["away", "put_off", "put_off"]
    assert channel.tried == 3


def told(doubts: Doubts, *whom: str) -> list[bool]:
    return [doubts.are_everybodys(each) for each in whom]


def test_three_customers_make_it_everybodys_and_whoever_is_taken_ends_that() -> None:
    doubts = Doubts()
    assert told(doubts, "ada", "ada", "bob", "ada", "eve", "ada") == [False] * 4 + [True] * 2
    doubts.end("dan")
    assert told(doubts, "fay", "gus") == [False] * 2
    assert told(doubts, "ada", "hal") == [False, True]


def test_whoever_is_refused_while_others_are_taken_counts_no_more_until_they_are_taken() -> None:
    doubts = Doubts()
    told(doubts, "ada", "bob", "eve", "fay")
    doubts.end("dan")
    assert told(doubts, "ada", "bob", "eve", "fay") == [False] * 4
    for taken in ("ada", "bob", "eve"):
        doubts.end(taken)
    assert told(doubts, "ada", "bob", "fay", "eve") == [False, False, False, True]


def test_of_those_who_are_refused_by_themselves_the_longest_known_are_forgotten() -> None:
    doubts = Doubts(most=3)
    for names in ("abc", "def"):
        told(doubts, *names)
        doubts.end("z")
    assert told(doubts, *"def") == [False] * 3
    assert told(doubts, *"abc") == [False, False, True]


async def test_what_is_in_doubt_for_too_long_is_given_up_as_too_late(real_store: RealStore[Transaction]) -> None:
    (id_,) = await put_down(real_store)
    async with real_store.transaction() as tx:
        await tx.connection.execute(text("UPDATE notifications SET waits_since = now() - interval '1 hour'"))
    with capture_logs() as lines:
        async with sending(real_store, Refusing(), QUICK, Everyone()):
            await until(lambda: len(outcomes(lines)) == 1)
    (line,) = [line for line in lines if line["event"] == "notification"]
    assert (line["about"]["notification"], line["outcome"], line["reason"]) == (id_, "undeliverable", "too_late")
