"""notification's settings; without SMTP_HOST what would be sent is logged."""

import ssl
from ipaddress import ip_address
from typing import Annotated, Final, Literal

import structlog
from flowkit.contract import NewEmail
from flowkit.process.settings import BadSettings, Certificate, Port, Problem, ReactingSettings, Secret
from msgspec import Meta

from notification_service.channels.log import LogChannel
from notification_service.channels.smtp import SmtpChannel, SmtpOptions
from notification_service.ports import Channel

SmtpTls = Literal["starttls", "tls", "none"]
SmtpCertificate = Annotated[Certificate, Meta(description="a certificate in PEM, of whoever signed the mail server's")]
_QUIET: Final = ("warning", "error")
_log = structlog.get_logger("notification")
Sender = Annotated[NewEmail, Meta(description="an email address")]


class Settings(ReactingSettings, frozen=True, kw_only=True):
    smtp_host: Annotated[str, Meta(min_length=1, max_length=253)] | None = None
    smtp_port: Port = 587
    smtp_tls: SmtpTls = "starttls"
    smtp_ca: SmtpCertificate | None = None
    smtp_from: Sender | None = None
    smtp_user: Annotated[str, Meta(min_length=1)] | None = None
    smtp_password: Secret | None = None
    smtp_timeout_s: Annotated[float, Meta(ge=1, le=600)] = 30.0
    notifications_at_once: Annotated[int, Meta(ge=1, le=100)] = 8
    notification_patience_h: Annotated[float, Meta(ge=0.001, le=720)] = 72.0
    """For so long after it was written a notification is worth sending."""

    notification_days: Annotated[int, Meta(ge=31, le=3650)] = 180
    """How long it is told what a customer was told."""

    def channel(self) -> Channel:
        if self.smtp_host is None:
            if self.log_level in _QUIET:
                _log.error("customers are told nothing: without SMTP_HOST it is logged, and LOG_LEVEL hides that")
            return LogChannel()
        if self.smtp_from is None:
            raise BadSettings((Problem("SMTP_FROM", "missing, expects the address to send from, with SMTP_HOST"),))
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise BadSettings((Problem("SMTP_USER and SMTP_PASSWORD", "one is given without the other"),))
        if self.smtp_password is not None and self.smtp_tls == "none" and not _is_this_machine(self.smtp_host):
            raise BadSettings((Problem("SMTP_TLS", "none, and SMTP_PASSWORD would be read by whoever is on the way"),))
        return SmtpChannel(
            SmtpOptions(
                host=self.smtp_host,
                port=self.smtp_port,
                sender=self.smtp_from,
                tls=None if self.smtp_tls == "none" else ssl.create_default_context(cadata=self.smtp_ca),
                is_tls_from_the_start=self.smtp_tls == "tls",
                user=self.smtp_user,
                password=self.smtp_password,
                timeout=self.smtp_timeout_s,
            )
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
