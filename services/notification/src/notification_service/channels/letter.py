"""A message as SMTP carries it."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from notification_service.ports import Message, Undeliverable


def letter(message: Message, sender: str) -> EmailMessage:
    """The same each time it is sent: by its Message-ID a mailbox knows one that comes again."""
    written = EmailMessage(policy=SMTP)
    written["Message-ID"] = f"<{message.notification_id}@{sender.rpartition('@')[2]}>"
    written["Date"] = message.written_at
    written["From"] = sender
    written["To"] = _mailbox(message.email)
    written["Subject"] = message.subject
    # Nobody's holiday answers it.
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(message.text)
    return written


def _mailbox(email: str) -> Address:
    """Our contract takes more than SMTP does, and what reads like two addresses must not become two."""
    user, _, domain = email.rpartition("@")
    # Letters beyond ASCII are the server's to judge.
    plain = "".join(each if each.isascii() else "x" for each in email)
    try:
        read = Address(addr_spec=plain)
        mailbox = read if email.isascii() else Address(username=user, domain=domain)
    except Exception:  # noqa: BLE001 - over "ada@[" the parser trips with AttributeError, over others with others
        raise Undeliverable("not an address of SMTP") from None
    # A comment, say, is not part of where it is sent, and the server would be given it as such.
    if (read.addr_spec, mailbox.addr_spec) != (plain, email):
        raise Undeliverable("not an address of SMTP")
    return mailbox
