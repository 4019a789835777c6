"""What is configured decides how customers are told, and half a configuration is told of."""

import pytest
from flowkit.process.settings import BadSettings, Secret, read
from notification_service.channels.log import LogChannel
from notification_service.channels.smtp import SmtpChannel
from notification_service.settings import Settings
from structlog.testing import capture_logs

from .test_smtp import a_message

DATABASE = {"DATABASE_URL": "postgresql://a:b@localhost/notification"}
SIGNED_IN = {"SMTP_USER": "shop", "SMTP_PASSWORD": "correct horse"}
SMTP = {"SMTP_HOST": "mail.example", "SMTP_FROM": "shop@flow.example"}


def settings(**given: str) -> Settings:
    return read(Settings, DATABASE | given)


async def test_without_a_mail_server_what_would_be_sent_is_logged_by_its_ids() -> None:
    channel, message = settings().channel(), a_message()
    assert isinstance(channel, LogChannel)

    with capture_logs() as lines:
        await channel.send(message)

    (line,) = lines
    assert line == {
        "event": "notification logged",
        "log_level": "info",
        "kind": "welcome",
        "notification_id": message.notification_id,
        "customer_id": message.customer_id,
    }


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({"LOG_LEVEL": "warning"}, True),
        ({"LOG_LEVEL": "error"}, True),
        ({"LOG_LEVEL": "debug"}, False),
        (SMTP | {"LOG_LEVEL": "error"}, False),
    ],
)
def test_a_log_that_hides_what_customers_are_told_is_told_of(given: dict[str, str], *, is_told: bool) -> None:
    with capture_logs() as lines:
        settings(**given).channel()
    assert [line["log_level"] for line in lines] == ["error"] * is_told
    assert all("SMTP_HOST" in line["event"] and "LOG_LEVEL" in line["event"] for line in lines)


def test_with_one_it_is_sent_over_tls_unless_told_otherwise() -> None:
    channel = settings(**SMTP).channel()

    assert isinstance(channel, SmtpChannel)
    assert (channel.options.host, channel.options.port, channel.options.sender) == (
        "mail.example",
        587,
        "shop@flow.example",
    )
    assert channel.options.tls is not None
    assert not channel.options.is_tls_from_the_start


@pytest.mark.parametrize(("tls", "is_encrypted", "from_the_start"), [("tls", True, True), ("none", False, False)])
def test_tls_is_from_the_start_or_not_at_all_where_that_is_said(
    tls: str, *, is_encrypted: bool, from_the_start: bool
) -> None:
    channel = settings(**SMTP, SMTP_TLS=tls).channel()
    assert isinstance(channel, SmtpChannel)
    assert (channel.options.tls is not None, channel.options.is_tls_from_the_start) == (is_encrypted, from_the_start)


def test_a_password_is_a_secret_and_shown_nowhere() -> None:
    given = settings(**SMTP, SMTP_USER="shop", SMTP_PASSWORD="correct horse")
    channel = given.channel()
    assert isinstance(channel, SmtpChannel)
    assert channel.options.password == Secret("correct horse")
    assert "correct horse" not in repr(given) + repr(channel)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_a_password_may_be_told_as_it_is_to_this_machine_alone(host: str) -> None:
    channel = settings(**SMTP | SIGNED_IN | {"SMTP_TLS": "none", "SMTP_HOST": host}).channel()
    assert isinstance(channel, SmtpChannel)
    assert channel.options.tls is None


@pytest.mark.parametrize(
    ("given", "variable"),
    [
        ({"SMTP_HOST": "mail.example"}, "SMTP_FROM"),
        (SMTP | {"SMTP_USER": "shop"}, "SMTP_USER and SMTP_PASSWORD"),
        (SMTP | {"SMTP_PASSWORD": "correct horse"}, "SMTP_USER and SMTP_PASSWORD"),
        (SMTP | SIGNED_IN | {"SMTP_TLS": "none"}, "SMTP_TLS"),
        (SMTP | SIGNED_IN | {"SMTP_TLS": "none", "SMTP_HOST": "10.0.0.7"}, "SMTP_TLS"),
    ],
)
def test_half_a_configuration_is_told_of(given: dict[str, str], variable: str) -> None:
    with pytest.raises(BadSettings, match=variable) as bad:
        settings(**given).channel()
    assert "correct horse" not in str(bad.value)
