"""Messages over SMTP: who is at fault decides whether one is given up, put off, or all of them wait."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)
from flowkit.secret import Secret

from notification_service.channels.answers import judged
from notification_service.channels.envelope import Envelope
from notification_service.channels.letter import letter
from notification_service.ports import Away, Doubtful, Message, Undeliverable

_FAREWELL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class SmtpOptions:
    """`timeout` is for the whole of a message, from the connection to the word that it was taken."""

    host: str
    port: int
    sender: str
    tls: ssl.SSLContext | None
    is_tls_from_the_start: bool = False
    user: str | None = None
    password: Secret | None = None
    timeout: float = 30.0
    own_name: str = field(default_factory=socket.gethostname)


@dataclass(frozen=True, slots=True)
class SmtpChannel:
    """A connection for each message: none goes stale, and how many there are is the sender's to bound."""

    options: SmtpOptions

    async def send(self, message: Message) -> None:
        written = letter(message, self.options.sender)
        client = self._client()
        envelope = Envelope(client, self.options.sender, message.email)
        until = asyncio.get_running_loop().time() + self.options.timeout
        try:
            with _nobody_reached():
                async with asyncio.timeout_at(until):
                    await client.connect()
                    await envelope.open()
            with _refused():
                async with asyncio.timeout_at(until):
                    await envelope.send(written)
            await _say_goodbye(client)
        finally:
            client.close()

    def _client(self) -> SMTP:
        given = self.options
        return SMTP(
            hostname=given.host,
            port=given.port,
            username=given.user,
            password=None if given.password is None else given.password.reveal(),
            local_hostname=given.own_name,
            timeout=given.timeout,
            use_tls=given.is_tls_from_the_start,
            # Where TLS is asked for, a server without it is sent nothing.
            start_tls=given.tls is not None and not given.is_tls_from_the_start,
            tls_context=given.tls,
        )


@contextmanager
def _nobody_reached() -> Generator[None]:
    """A server that is away, that does not take our word or our password, or our sender's address: ours to mend."""
    try:
        yield
    except SMTPResponseException as answer:
        raise Away(f"{type(answer).__name__} {answer.code}") from None
    except (SMTPException, OSError, ValueError) as fault:
        raise Away(type(fault).__name__) from None


@contextmanager
def _refused() -> Generator[None]:
    """What is said of the recipient or of the letter; what else goes wrong by now may be theirs as well."""
    try:
        yield
    except (SMTPRecipientRefused, SMTPDataError) as refused:
        raise judged(refused) from None
    except ValueError:
        raise Undeliverable("its address cannot be written to") from None
    except (SMTPException, OSError) as fault:
        raise Doubtful(type(fault).__name__) from None


async def _say_goodbye(client: aiosmtplib.SMTP) -> None:
    # The message was taken: whatever goes wrong from here on does not have it sent again.
    with contextlib.suppress(SMTPException, OSError):
        async with asyncio.timeout(_FAREWELL_S):
            await client.quit()
