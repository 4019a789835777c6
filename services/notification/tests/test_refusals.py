"""What goes wrong with one letter once a server has taken our word: whose fault it is, and who waits for it."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from notification_service.channels.smtp import SmtpChannel
from notification_service.ports import Doubtful, NotNow, Undeliverable

from tests.mailbox import Mailbox, opened

from .test_smtp import a_message, to

ADA = "ada@example.org"
NOT_NOW = [
    "421 4.3.0 Come back later",
    "450 4.2.0 Greylisted",
    "451 4.7.1 Greylisted",
    "452 4.2.2 Full",
    "552 5.2.2 Mailbox full",
    "550 5.2.2 Mailbox full",
    "552 Mailbox full",
]
THEIRS = [
    "550 5.1.1 No such user ada@example.org",
    "550-5.1.1 No such user\r\n550 5.1.1 ada@example.org",
    "553 5.1.3 Bad address",
    "550 5.1.10 Takes no mail",
    "550 5.2.1 Mailbox disabled",
    "552 5.2.3 Too large for this mailbox",
    "552 5.3.4 Too large",
    "550 5.4.1 No answer from host",
    "554 5.6.0 Not that",
    "550 No such user ada@example.org",
    "501 Bad address",
    "556 Takes no mail",
]
MAYBE_OURS = [
    "554 5.7.1 <ada@example.org>: Relay access denied",
    "550 5.7.1 blocked using spamhaus",
    "550 5.7.26 Unauthenticated sender",
    "530 5.7.0 Authentication required",
    "530 5.5.1 Authentication required",
    "535 Who are you",
    "503 5.5.1 Authenticate first",
    "553 5.1.8 Sender's domain not found",
    "550 5.1.7 Bad sender",
    "554 5.3.5 Mail loops back to myself",
    "550 5.4.5 Daily quota exceeded",
    "550 5.5.0 Something",
    "553 sorry, not in my list of allowed hosts (#5.7.1)",
    "554 Transaction failed",
    "554 5.0.0 Transaction failed",
    "521 Takes no mail",
]


def kinds() -> list[tuple[str, type[Exception]]]:
    of = ((NOT_NOW, NotNow), (THEIRS, Undeliverable), (MAYBE_OURS, Doubtful))
    return [(told, fault) for answers, fault in of for told in answers]


@pytest.fixture
async def mailbox() -> AsyncGenerator[Mailbox]:
    async with opened(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def channel(mailbox: Mailbox) -> SmtpChannel:
    return SmtpChannel(to(mailbox))


async def refusal(channel: SmtpChannel) -> Exception:
    with pytest.raises((NotNow, Undeliverable)) as refused:
        await channel.send(a_message(ADA))
    return refused.value


@pytest.mark.parametrize(("told", "fault"), kinds())
async def test_a_recipient_is_refused_for_now_for_good_or_for_what_may_be_ours(
    mailbox: Mailbox, channel: SmtpChannel, told: str, fault: type[Exception]
) -> None:
    mailbox.to_recipients = told
    assert type(await refusal(channel)) is fault
    assert mailbox.letters == []


@pytest.mark.parametrize(("told", "fault"), kinds())
async def test_and_so_is_a_letter(mailbox: Mailbox, channel: SmtpChannel, told: str, fault: type[Exception]) -> None:
    mailbox.to_data = told
    assert type(await refusal(channel)) is fault
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("554 5.7.1 <ada@example.org>: Relay access denied", "SMTPRecipientRefused 554 5.7.1"),
        ("550 No such user ada@example.org", "SMTPRecipientRefused 550"),
        ("450 4.2.0 ada@example.org is greylisted", "SMTPRecipientRefused 450"),
        ("550 5.1.1.1 ada@example.org", "SMTPRecipientRefused 550"),
    ],
)
async def test_of_what_a_server_says_its_codes_are_told(
    mailbox: Mailbox, channel: SmtpChannel, told: str, shown: str
) -> None:
    mailbox.to_recipients = told
    assert str(await refusal(channel)) == shown


async def test_a_server_that_hangs_up_on_a_recipient_may_have_been_asked_for_that_one_alone(
    mailbox: Mailbox, channel: SmtpChannel
) -> None:
    mailbox.hangs_up_on.add(ADA)
    assert type(await refusal(channel)) is Doubtful


async def test_and_so_may_one_that_hangs_up_instead_of_an_answer_to_a_letter(
    mailbox: Mailbox, channel: SmtpChannel
) -> None:
    mailbox.hangs_up = True
    assert type(await refusal(channel)) is Doubtful


async def test_a_slow_server_is_waited_for_no_longer_than_agreed(mailbox: Mailbox) -> None:
    mailbox.answers.clear()
    refused = await refusal(SmtpChannel(replace(to(mailbox), timeout=3.0)))
    assert (type(refused), len(mailbox.letters)) == (Doubtful, 1)
    assert "Timeout" in str(refused)


async def test_nor_is_one_that_thinks_of_a_recipient_for_long(mailbox: Mailbox) -> None:
    mailbox.deaf_to.add(ADA)
    refused = await refusal(SmtpChannel(replace(to(mailbox), timeout=3.0)))
    assert (type(refused), mailbox.letters) == (Doubtful, [])
