"""Letters over SMTP, to a server that takes them, does not know us, or is away."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import uuid4

import pytest
from flowkit.secret import Secret
from flowkit.servers.certificates import Authority
from notification_service.channels.smtp import SmtpChannel, SmtpOptions
from notification_service.ports import Away, Message, Undeliverable

from tests.mailbox import Mailbox, opened

SENDER = "shop@flow.example"
WRITTEN_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_message(email: str = "ada@example.org", text: str = "Hello Ada,\n\nwelcome.\n") -> Message:
    return Message(str(uuid4()), "welcome", str(uuid4()), WRITTEN_AT, "Welcome", text, email)


def to(mailbox: Mailbox) -> SmtpOptions:
    return SmtpOptions(host="127.0.0.1", port=mailbox.port, sender=SENDER, tls=None, timeout=20.0)


@pytest.fixture
async def mailbox() -> AsyncGenerator[Mailbox]:
    async with opened(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def channel(mailbox: Mailbox) -> SmtpChannel:
    return SmtpChannel(to(mailbox))


async def test_a_letter_arrives_as_it_was_written(mailbox: Mailbox, channel: SmtpChannel) -> None:
    message = a_message(text="Hello Zoë,\n\n.a line that begins with a dot\n")

    await channel.send(message)

    (letter,), (envelope,) = mailbox.letters, mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["ada@example.org"])
    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, "ada@example.org", "Welcome")
    assert letter["Message-ID"] == f"<{message.notification_id}@flow.example>"
    assert parsedate_to_datetime(letter["Date"]) == WRITTEN_AT
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == message.text


async def test_one_that_is_sent_again_is_the_same_letter(mailbox: Mailbox, channel: SmtpChannel) -> None:
    message = a_message()
    await channel.send(message)
    await channel.send(message)
    first, second = mailbox.envelopes
    assert first.original_content == second.original_content


async def test_a_sender_that_is_refused_is_ours_to_mend_and_no_recipients_fault(
    mailbox: Mailbox, channel: SmtpChannel
) -> None:
    mailbox.to_senders = "550 5.7.1 Who are you"
    with pytest.raises(Away):
        await channel.send(a_message())


async def test_a_server_that_does_not_even_greet_is_away() -> None:
    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    held: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    options = replace(to(Mailbox(port=silent.sockets[0].getsockname()[1])), timeout=0.5)
    with pytest.raises(Away):
        await SmtpChannel(options).send(a_message())
    silent.close()
    for writer in held:
        writer.transport.abort()
    await silent.wait_closed()


async def test_a_server_that_is_not_there_is_away(mailbox: Mailbox) -> None:
    async with opened(Mailbox()) as other:
        options = to(other)
    with pytest.raises(Away):
        await SmtpChannel(options).send(a_message())


async def test_an_address_beyond_ascii_is_written_to_where_the_server_can(
    mailbox: Mailbox, channel: SmtpChannel
) -> None:
    await channel.send(a_message("zoë@example.org"))
    assert mailbox.envelopes[0].rcpt_tos == ["zoë@example.org"]


async def test_elsewhere_it_cannot_be_written_to(mailbox: Mailbox, channel: SmtpChannel) -> None:
    mailbox.speaks_utf8 = False
    with pytest.raises(Undeliverable):
        await channel.send(a_message("zoë@example.org"))


@pytest.mark.parametrize(
    "email",
    [
        "a,b@example.org",
        "<ada>@example.org",
        "ada@",
        "a b@c",
        "ada@example.org\r\nBcc: eve@example.org",
        "@",
        "ada@[",
        "ada@[ x",
        "ada(hi)@example.org",
        "zoë(hi)@example.org",
        '"ada"@example.org',
        '"<eve>"@exämple.org',
    ],
)
async def test_what_is_no_address_of_smtp_is_given_up_and_nothing_else_is_written_to(
    mailbox: Mailbox, channel: SmtpChannel, email: str
) -> None:
    with pytest.raises(Undeliverable) as refused:
        await channel.send(a_message(email))
    assert email not in str(refused.value)
    assert mailbox.letters == []


class Guarded:
    """A server that wants TLS and a password."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        made = authority.certificate("mail", ["localhost", "127.0.0.1"])
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(made.file, made.key)
        self.trusted = ssl.create_default_context(cafile=authority.own.file)

    def options(self, mailbox: Mailbox, password: str) -> SmtpOptions:
        return replace(to(mailbox), host="localhost", tls=self.trusted, user="shop", password=Secret(password))


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path)


async def test_who_sends_signs_in_over_tls(guarded: Guarded) -> None:
    async with opened(Mailbox(), tls=guarded.tls, user="shop", password="right") as mailbox:
        await SmtpChannel(guarded.options(mailbox, "right")).send(a_message())
    assert len(mailbox.letters) == 1


async def test_a_wrong_password_is_ours_to_mend(guarded: Guarded) -> None:
    async with opened(Mailbox(), tls=guarded.tls, user="shop", password="right") as mailbox:
        with pytest.raises(Away, match="535") as away:
            await SmtpChannel(guarded.options(mailbox, "wrong")).send(a_message())
    assert "wrong" not in str(away.value)


async def test_a_server_nobody_vouches_for_is_sent_nothing(guarded: Guarded) -> None:
    async with opened(Mailbox(), tls=guarded.tls, user="shop", password="right") as mailbox:
        options = replace(guarded.options(mailbox, "right"), tls=ssl.create_default_context())
        with pytest.raises(Away):
            await SmtpChannel(options).send(a_message())
    assert mailbox.letters == []


async def test_where_tls_is_asked_for_a_server_without_it_is_sent_nothing(guarded: Guarded, mailbox: Mailbox) -> None:
    options = replace(guarded.options(mailbox, "right"), user=None, password=None)
    with pytest.raises(Away):
        await SmtpChannel(options).send(a_message())
    assert mailbox.letters == []
