"""A mail server of somebody else's making, on a port of this machine, that is told how to behave."""

# aiosmtpd ships few types:
# pyright: reportMissingTypeStubs=false

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

OK = "250 OK"


@dataclass(slots=True)
class Mailbox:
    """What it answers to whom; `letters` are those it was sent whole, whatever it answered."""

    to_senders: str = OK
    to_recipients: str = OK
    to_data: str = OK
    to_one: dict[str, str] = field(default_factory=dict[str, str])
    """By whom the letter is for; what is not there is answered as to all."""
    deaf_to: set[str] = field(default_factory=set[str])
    """Whoever writes to them has no answer until it `speaks`."""
    hangs_up_on: set[str] = field(default_factory=set[str])
    speaks_utf8: bool = True
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list[EmailMessage])
    envelopes: list[Envelope] = field(default_factory=list[Envelope])
    refused: int = 0
    hangs_up: bool = False
    """Instead of an answer to a letter."""
    thinks_s: float = 0.0
    """Before it answers to a letter it has."""
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Until it is set a letter has no answer."""
    speaks: asyncio.Event = field(default_factory=asyncio.Event)
    """Until it is set those it is deaf to have none."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    # The names are aiosmtpd's.
    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from, envelope.mail_options = address, options
        self.refused += self.to_senders != OK
        return self.to_senders

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.to_one.get(address, self.to_recipients)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        self.refused += answer != OK
        if address in self.deaf_to:
            await self.speaks.wait()
        if address in self.hangs_up_on:
            _hang_up(server)
        return answer

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.letters.append(message_from_bytes(envelope.original_content or b"", policy=default))
        self.envelopes.append(envelope)
        self.refused += self.to_data != OK
        self.arrived.set()
        await asyncio.sleep(self.thinks_s)
        await self.answers.wait()
        if self.hangs_up:
            _hang_up(server)
        return self.to_data

    @property
    def ids(self) -> list[str]:
        return [str(letter["Message-ID"]) for letter in self.letters]


@asynccontextmanager
async def opened(
    mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, user: str = "", password: str = ""
) -> AsyncGenerator[Mailbox]:
    """On the port it had, if it had one."""
    doors: list[SMTP] = []

    def judge(_: Any, __: Any, ___: Any, ____: Any, given: LoginPassword) -> AuthResult:
        known = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=known, handled=False)

    def door() -> SMTP:
        doors.append(
            SMTP(
                mailbox,
                hostname="mail.example",
                enable_SMTPUTF8=mailbox.speaks_utf8,
                tls_context=tls,
                require_starttls=tls is not None,
                authenticator=judge if user else None,
                auth_required=bool(user),
                loop=asyncio.get_running_loop(),
            )
        )
        return doors[-1]

    mailbox.answers.set()
    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", mailbox.port)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        mailbox.answers.set()
        mailbox.speaks.set()
        server.close()
        for each in doors:
            _hang_up(each)
        await server.wait_closed()


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()
