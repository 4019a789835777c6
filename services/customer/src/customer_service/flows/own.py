"""Whose record a caller may see and change."""

from contracts.customer import NoSuchCustomer
from flowkit.contract import Identity


def check_own(user: Identity, customer_id: str) -> None:
    """Before anything is looked up: for a stranger there is no such customer, in the same words and the same time,
    whether there is one or not."""
    if user.role != "admin" and user.id != customer_id:
        raise NoSuchCustomer
