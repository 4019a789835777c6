"""What customer asks whoever keeps something of a customer, to tell it to them."""

from typing import Final

from flowkit.contract import Id, Payload
from msgspec import UNSET, UnsetType

# At once, so that all of it together fits a message: of each kind, in all orders, of each audit log.
MOST: Final = 100
MOST_ITEMS: Final = 400
MOST_ENTRIES: Final = 50


class WhatIsKept(Payload):
    """Of one customer, the newest first: as much as a message has room for, of what was made `before`."""

    customer_id: Id
    before: Id | UnsetType = UNSET
