"""A letter handed over command by command: what is said of who sends is told from what is said of who is sent to."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as ASCII
from email.policy import SMTPUTF8

from aiosmtplib import SMTP, SMTPHeloError

from notification_service.ports import Undeliverable


@dataclass(frozen=True, slots=True)
class Envelope:
    client: SMTP
    sender: str
    recipient: str = field(repr=False)

    async def open(self) -> None:
        await self._greet()
        if not (self.recipient.isascii() or self.client.supports_extension("smtputf8")):
            raise Undeliverable("its address cannot be written to")
        options = ["BODY=8BITMIME"] if self._takes_8bit else []
        options += ["SMTPUTF8"] if self._is_beyond_ascii else []
        await self.client.mail(self.sender, options=options, encoding=self._encoding)

    async def send(self, letter: EmailMessage) -> None:
        policy = SMTPUTF8 if self._is_beyond_ascii else ASCII
        await self.client.rcpt(self.recipient, encoding=self._encoding)
        await self.client.data(letter.as_bytes(policy=policy.clone(cte_type="8bit" if self._takes_8bit else "7bit")))

    async def _greet(self) -> None:
        if not self.client.is_ehlo_or_helo_needed:
            return
        try:
            await self.client.ehlo()
        except SMTPHeloError:
            await self.client.helo()

    @property
    def _takes_8bit(self) -> bool:
        return self.client.supports_extension("8bitmime")

    @property
    def _is_beyond_ascii(self) -> bool:
        return not (self.sender + self.recipient).isascii()

    @property
    def _encoding(self) -> str:
        return "utf-8" if self._is_beyond_ascii and self.client.supports_extension("smtputf8") else "ascii"
