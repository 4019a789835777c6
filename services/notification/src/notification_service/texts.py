"""What customers read: short, plain, and the same for everybody but for their name and their order."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from contracts.customer import Contact
from contracts.notification import Kind

from notification_service.ports import Due, Message


@dataclass(frozen=True, slots=True)
class _Text:
    subject: str
    body: str


_TEXTS: Final[dict[Kind, _Text]] = {
    "welcome": _Text(
        "Welcome",
        "welcome, it is good to have you here. Your account is ready, and so is your welcome order.",
    ),
    "order_received": _Text(
        "We have your order",
        "we have received your order {order_id}. You will hear from us again as soon as it is paid.",
    ),
    "payment_completed": _Text(
        "Your order is paid",
        "the payment for your order {order_id} has arrived. Thank you.",
    ),
    "payment_failed": _Text(
        "Your payment was declined",
        "the payment for your order {order_id} was declined, so nothing has been charged.",
    ),
}

# Whoever registers says the name, and may register somebody else's address to have us write to them.
_LONGEST_NAME: Final = 40
_BETWEEN_LETTERS: Final = " -'\N{RIGHT SINGLE QUOTATION MARK}"


def message_for(due: Due, contact: Contact) -> Message:
    text = _TEXTS[due.kind]
    name = contact.first_name if _is_a_name(contact.first_name) else "there"
    return Message(
        notification_id=due.id,
        kind=due.kind,
        customer_id=due.customer_id,
        written_at=due.created_at,
        subject=text.subject,
        text=f"Hello {name},\n\n{text.body.format(order_id=due.order_id)}\n",
        email=contact.email,
    )


def _is_a_name(said: str) -> bool:
    """Letters of any script; no address, number or advertisement."""
    letters = (unicodedata.category(each)[0] in "LM" or each in _BETWEEN_LETTERS for each in said)
    return len(said) <= _LONGEST_NAME and all(letters)
