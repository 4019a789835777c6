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
    try:
        return Address(addr_spec=email)
    except (ValueError, IndexError) as fault:
        # Our contract takes more than SMTP does; said without the address itself.
        raise Undeliverable("not an address of SMTP") from fault
