"""Whose record a caller may see and change."""

from contracts.customer import NotYours
from flowkit.contract import Identity


def check_own(user: Identity, customer_id: str) -> None:
    """Before anything is looked up: a stranger is told the same whether the record exists or not."""
    if user.role != "admin" and user.id != customer_id:
        raise NotYours
